"""`mutualaid takeover template|check`: what they write, say and answer, in both languages; the check writes nothing."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from mutualaid.cli import taking_over
from mutualaid.cli.app import app
from mutualaid.core import preparing
from mutualaid.core.cluster import ClusterError
from mutualaid.core.models import AuditEntry
from mutualaid.takeover.columns import BY_WORD, SHEETS
from mutualaid.takeover.models import Takeover, TakeoverRow
from tests.takeover.moving import FROM, made, number, whole, workbook

if TYPE_CHECKING:
    from pathlib import Path

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings are the tests' own already."""
    monkeypatch.setattr(preparing, "begin", lambda **_: None)


def check(file: Path, *more: str, office: str = "4505") -> Result:
    return RUN.invoke(app, ["takeover", "check", str(file), "--office", office, "--cutover", "2019-07-01", *more])


def saved(folder: Path, sheets: Any) -> Path:
    file = folder / "接管.xlsx"
    file.write_bytes(workbook(sheets))
    return file


@pytest.fixture
def office(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An office with two plans."""
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    made()


# --- template ---------------------------------------------------------------------------------------------------------


def test_the_template_is_written(tmp_path: Path) -> None:
    file = tmp_path / "模板.xlsx"
    done = RUN.invoke(app, ["takeover", "template", str(file)])
    assert (done.exit_code, done.output) == (0, "")
    assert openpyxl.load_workbook(file).sheetnames[1:] == [sheet.zh for sheet in SHEETS]


def test_a_template_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    done = RUN.invoke(app, ["takeover", "template", str(tmp_path / "none" / "模板.xlsx")])
    assert done.exit_code == 2
    assert "No such file" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["template"], ["check"], ["check", "a.xlsx"], ["other"]])
def test_what_is_missing_is_asked_for(arguments: Sequence[str]) -> None:
    done = RUN.invoke(app, ["takeover", *arguments])
    assert done.exit_code == 2
    assert "takeover" in done.output


# --- check ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("office")
def test_a_good_file_is_summed_up_and_nothing_is_written(tmp_path: Path) -> None:
    before = AuditEntry.objects.count()
    done = check(saved(tmp_path, whole()))
    assert done.exit_code == 0, done.output
    assert tuple(word for word in ("会员人数", "47500.00") if word in done.output) == ("会员人数", "47500.00")
    assert "表" in done.output
    assert (Takeover.objects.exists(), TakeoverRow.objects.exists(), AuditEntry.objects.count()) == (
        *(False, False),
        before,
    )
    english = check(tmp_path / "接管.xlsx", "--lang", "en")
    assert english.exit_code == 0
    assert "difference" in english.output
    assert "会员" not in english.output


@pytest.mark.usefixtures("office")
def test_faults_are_told_with_their_places_in_both_languages(tmp_path: Path) -> None:
    sheets = whole()
    sheets["covers"][0]["计划"] = "没有的计划"
    sheets["balances"][0]["余额"] = "1"
    file = saved(tmp_path, sheets)
    chinese, english = check(file), check(file, "--lang", "en")
    assert (chinese.exit_code, english.exit_code) == (1, 1)
    assert "参保:2: 应为本机构可用的已发布计划" in chinese.output
    assert "借贷应相等" in chinese.output
    assert "covers:2: expected a plan that is published" in english.output
    assert "expected equal sides" in english.output
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in english.output)
    assert number(0) not in chinese.output + english.output


@pytest.mark.usefixtures("office")
def test_of_many_faults_the_first_are_told_and_the_rest_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_over, "FAULTS_SHOWN", 2)
    sheets = whole()
    for row in sheets["covers"]:
        row["起始日"] = "某日"
    file = saved(tmp_path, sheets)
    chinese = check(file)
    assert (chinese.exit_code, chinese.output.count("参保:")) == (1, 2)
    assert "处错误未列出" in chinese.output
    assert "more faults are not shown" in check(file, "--lang", "en").output


@pytest.mark.usefixtures("office")
def test_a_folder_of_csv_files_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "导出"
    folder.mkdir()
    for word, rows in whole().items():
        with (folder / f"{BY_WORD[word].zh}.csv").open("w", encoding="gbk", newline="") as target:
            writer = csv.DictWriter(target, [column.zh for column in BY_WORD[word].columns])
            writer.writeheader()
            writer.writerows(rows)
    done = check(folder)
    assert (done.exit_code, FROM in done.output) == (0, False), done.output


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("name", "content", "chinese", "english"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0old", "旧版 .xls", "old .xls"),
        ("a.pdf", b"%PDF-1.7", "其他格式", "something else"),
        ("a.xlsx", b"PKbroken", "损坏", "broken"),
        ("会员.csv", "甲,乙\n1,2\n".encode(), "表头", "headers"),
        ("会员.csv", "会员".encode("utf-16"), "编码", "encoding"),
        ("a.xlsx", b"", "其他格式", "something else"),
    ],
)
def test_what_cannot_be_read_is_told(tmp_path: Path, name: str, content: bytes, chinese: str, english: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    told = check(file), check(file, "--lang", "en")
    assert [done.exit_code for done in told] == [2, 2], told[0].output
    assert chinese in told[0].stderr
    assert english in told[1].stderr


@pytest.mark.usefixtures("office")
def test_a_file_or_office_that_is_not_there_is_told(tmp_path: Path) -> None:
    gone = check(tmp_path / "none.xlsx")
    assert (gone.exit_code, "No such file" in gone.stderr) == (2, True)
    nowhere = check(saved(tmp_path, whole()), office="9999")
    assert (nowhere.exit_code, nowhere.stderr.strip()) == (2, "没有编码为 9999 的机构")
    english = check(tmp_path / "接管.xlsx", "--lang", "en", office="9999")
    assert (english.exit_code, english.stderr.strip()) == (2, "no office has the code 9999")


def test_a_day_that_is_none_is_refused(tmp_path: Path) -> None:
    done = RUN.invoke(app, ["takeover", "check", str(tmp_path / "a"), "--office", "4505", "--cutover", "1.7.2019"])
    assert (done.exit_code, "cutover" in done.output) == (2, True)


def test_without_a_database_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise ClusterError("没有数据库", "there is no database")

    monkeypatch.setattr(preparing, "begin", broken)
    done = check(tmp_path / "a.xlsx")
    assert (done.exit_code, "没有数据库" in done.stderr) == (2, True)
