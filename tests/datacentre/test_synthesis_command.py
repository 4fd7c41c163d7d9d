"""The command ``synth``: what it writes and says, and how it refuses."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from mutualaid.cli import app
from mutualaid.cli.synthesising import share

PLAN = "plans/guangxi-huzhubao-1-2025.yaml"
OTHER = "plans/cwmia-women-8.yaml"


def synth(*options: str) -> tuple[int, str]:
    """Exit status and all that was said."""
    done = CliRunner().invoke(app, ["synth", *options])
    return done.exit_code, done.output


def test_it_writes_a_union(tmp_path: Path) -> None:
    out = tmp_path / "new" / "union"
    code, said = synth("--members", "200", "--year", "2025", "--plans", PLAN, OTHER, "--out", str(out))
    assert code == 0
    assert "200 名会员" in said
    assert sorted(path.name for path in out.iterdir()) == [
        *("README.md", "bad.csv", "cases.parquet", "employers.parquet", "members.parquet")
    ]
    assert pq.read_metadata(out / "members.parquet").num_rows == 200
    page = (out / "README.md").read_text(encoding="utf-8")
    assert "虚构" in page
    assert "Everything in this folder is invented" in page
    assert "guangxi-huzhubao-1-2025" in page


@pytest.mark.parametrize(
    ("changed", "zh", "en"),
    [
        ({"--members": "0"}, "--members 应为 1 到", "--members: expected 1 to"),
        ({"--members": "999999999"}, "--members 应为 1 到", "--members: expected 1 to"),
        ({"--year": "25"}, "--year 应为", "--year: expected"),
        ({"--year": "2024"}, "晚于 2024 年", "after the year 2024"),
        ({"--seed": "-1"}, "--seed 不能为负", "--seed: expected no negative"),
        ({"--bad": "many"}, "--bad 应为", "--bad: expected a share"),
        ({"--bad": "60%"}, "--bad 应为", "--bad: expected a share"),
        ({"--bad": "nan"}, "--bad 应为", "--bad: expected a share"),
        ({"--plans": "plans/none.yaml"}, "没有这个文件", "no such file"),
        ({"--out": "README.md"}, "不是文件夹", "is no folder"),
        ({"--out": "README.md/union"}, "不能在", "can't write in"),
    ],
)
def test_wrong_options_are_told(changed: dict[str, str], zh: str, en: str, tmp_path: Path) -> None:
    options = {"--members": "10", "--year": "2025", "--plans": PLAN, "--out": str(tmp_path / "union"), **changed}
    words = [word for pair in options.items() for word in pair]
    for lang, text in (("zh", zh), ("en", en)):
        code, said = synth(*words, "--lang", lang)
        assert code == 2
        assert text in said
    assert not (tmp_path / "union").exists()


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").mkdir()
    code, _ = synth("--members", "10", "--year", "2025", "--plans", PLAN, "--out", str(tmp_path))
    assert code == 2
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize(
    ("text", "millionths"),
    [
        ("0.2%", 2_000),
        ("0.002", 2_000),
        ("0", 0),
        ("0%", 0),
        ("50%", 500_000),
        ("51%", None),
        ("-1%", None),
        ("x", None),
    ],
)
def test_shares(text: str, millionths: int | None) -> None:
    assert share(text) == millionths
