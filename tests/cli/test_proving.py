"""`mutualaid proof`: a letter is verified without a database; the log is checked against it."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from mutualaid.cli import app
from mutualaid.core.cluster import Cluster
from mutualaid.proofs.heads import fingerprint, to_pem
from tests.cli.test_operating import mutualaid
from tests.proofs.test_documents_proven import PUBLIC, letter, proven

RUN = CliRunner()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "letter.pdf").write_bytes(proven())
    (tmp_path / "plain.pdf").write_bytes(letter())
    (tmp_path / "key.pem").write_text(to_pem(PUBLIC), encoding="ascii")
    return tmp_path


def test_a_letter_is_verified(files: Path) -> None:
    found = RUN.invoke(app, ["proof", "verify", str(files / "letter.pdf"), "--key", str(files / "key.pem")])
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.startswith("证明成立：这份文件就是当时出具的互助金决定通知书 L00000017")
    assert "没有给出公钥" not in found.stdout
    english = RUN.invoke(app, ["proof", "verify", str(files / "letter.pdf"), "--lang", "en"])
    assert "the proof holds" in english.stdout
    assert "no key was given" in english.stdout
    assert fingerprint(PUBLIC) in english.stdout


def test_the_verdict_as_json(files: Path) -> None:
    found = RUN.invoke(app, ["proof", "verify", str(files / "letter.pdf"), "--json"])
    told = json.loads(found.stdout)
    assert (told["good"], told["fault"], told["key_given"], told["position"]) == (True, "", False, 5)
    assert told["entry"]["detail"]["number"] == "L00000017"
    assert told["head"]["size"] == 13
    assert told["fingerprint"] == fingerprint(PUBLIC)
    bad = RUN.invoke(app, ["proof", "verify", str(files / "plain.pdf"), "--json"])
    assert bad.exit_code == 1
    assert json.loads(bad.stdout)["fault"] == "no_proof"


def test_what_does_not_hold_is_exit_1_and_what_cannot_be_read_2(files: Path) -> None:
    (files / "changed.pdf").write_bytes(b"X" + proven()[1:])
    changed = RUN.invoke(app, ["proof", "verify", str(files / "changed.pdf")])
    assert (changed.exit_code, changed.stdout) == (1, "")
    assert "文件被改动" in changed.stderr
    missing = RUN.invoke(app, ["proof", "verify", str(files / "none.pdf")])
    assert (missing.exit_code, missing.stdout) == (2, "")
    no_key = RUN.invoke(app, ["proof", "verify", str(files / "letter.pdf"), "--key", str(files / "letter.pdf")])
    assert no_key.exit_code == 2
    assert "应为 Ed25519 公钥" in no_key.stderr


def test_it_needs_neither_database_nor_data(files: Path) -> None:
    found = mutualaid("proof", "verify", str(files / "letter.pdf"), DATABASE_URL="none", MUTUALAID_DATA="/nowhere")
    assert (found.returncode, found.stderr) == (0, "")


def test_the_log_of_an_installation(data: Path) -> None:
    empty = mutualaid("proof", "check", MUTUALAID_DATA=str(data))
    assert (empty.returncode, empty.stdout.strip()) == (0, "核对了 0 条记录、0 个日志头，0 处差异")
    key = mutualaid("proof", "key", MUTUALAID_DATA=str(data))
    assert key.stdout.startswith("-----BEGIN PUBLIC KEY-----\n")
    assert (data / "proof-key").stat().st_mode & 0o077 == 0
    url = Cluster(data / "postgresql").url("mutualaid")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO core_auditentry (at, actor_kind, actor_key, what, subject, detail, salt, leaf)"
            " VALUES (now(), 'system', 'x', 'registered', 'y:1', '{}', substr(sha256(''), 1, 16), sha256(''))"
        )
        connection.execute("SET session_replication_role = replica; DELETE FROM proofs_waitingleaf")
        found = mutualaid("proof", "check", "--lang", "en", MUTUALAID_DATA=str(data))
        connection.execute("DELETE FROM core_auditentry")
    assert found.returncode == 1
    assert "is neither in the log nor waiting for it" in found.stdout
    assert "0 records and 0 heads checked, 1 differences" in found.stdout
    assert mutualaid("proof", "check", DATABASE_URL="postgresql://nobody@/x?host=/nowhere").returncode == 2
