"""Files: what is taken, how it lies on the disk, who sees it, and what becomes of bytes without a row."""

from __future__ import annotations

import datetime
import io
import os
import zipfile
from pathlib import Path

import pytest
from django.db import connection, transaction

from mutualaid.core import papers
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.encryption import Unreadable
from mutualaid.core.models import AuditEntry, StoredFile
from mutualaid.core.row_security import within
from tests import pictures

pytestmark = pytest.mark.django_db
AT = datetime.datetime(2026, 3, 1, 2, 0, tzinfo=datetime.UTC)
CLERK, OTHER = Actor(ActorKind.CLERK, "7"), Actor(ActorKind.MEMBER, "7")
CSV = "姓名,证件号码\n林晓禾,无\n".encode()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own."""
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    return tmp_path / "files"


def archive(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return made.getvalue()


def workbook() -> bytes:
    return archive("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml")


def store(content: bytes = CSV, media_type: str = papers.CSV, **more: object) -> StoredFile:
    told: dict = {"name": "名册.csv", "kind": "roster", "by": CLERK, "at": AT, **more}
    return papers.store(content=content, media_type=media_type, **told)


def on_disk(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_what_was_stored_is_read_and_lies_encrypted(folder: Path) -> None:
    file = store()
    assert papers.read(StoredFile.objects.get(key=file.key)) == CSV
    (path,) = on_disk(folder)
    assert path.name == str(file.key)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "林晓禾".encode() not in path.read_bytes()
    assert AuditEntry.objects.get(what="store_file").detail == {"kind": "roster", "size": len(CSV)}


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"%PDF-1.7\n", papers.PDF),
        (pictures.JPEG, papers.JPEG),
        (pictures.PNG, papers.PNG),
        (workbook(), papers.XLSX),
        (CSV, papers.CSV),
        ("姓名".encode("gb18030"), papers.CSV),
    ],
)
def test_types_that_are_taken(content: bytes, media_type: str) -> None:
    file = store(content, media_type, name="x")
    assert file.name == "x" + papers.ENDINGS[media_type][0]


@pytest.mark.parametrize(
    ("content", "media_type", "found"),
    [
        (b"", papers.CSV, "空"),
        (b"MZ\x90\0", papers.PDF, "其他格式"),
        (b"%PDF-1.7\n", papers.PNG, "看起来是 PDF"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", papers.JPEG, "打不开"),
        (pictures.JPEG[: len(pictures.JPEG) * 2 // 3], papers.JPEG, "没有传完"),
        (pictures.PNG[:-20], papers.PNG, "不完整"),
        (archive("word/document.xml"), papers.XLSX, "其他格式"),
        (b"PK broken", papers.XLSX, "其他格式"),
        (b"a\0b", papers.CSV, "其他格式"),
        (b"\x81\xff\xff", papers.CSV, "其他格式"),
        (CSV, "text/html", "应为 其他格式"),
    ],
)
def test_types_that_are_refused(content: bytes, media_type: str, found: str, folder: Path) -> None:
    with pytest.raises(papers.BadFile) as refused:
        store(content, media_type)
    assert found in refused.value.zh
    assert on_disk(folder) == []


def test_a_file_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(papers, "SIZE_MOST", 1 << 20)
    with pytest.raises(papers.BadFile, match="at most 1 MB"):
        store(b"a" * ((1 << 20) + 1))


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/名册.csv", "名册.csv"),
        ("C:\\桌面\\三月 名册.CSV", "三月 名册.CSV"),
        ("名册\u202egpj.exe", "名册gpj.exe.csv"),
        ("a\nb\0.csv", "ab.csv"),
        ("...", "roster.csv"),
        ("", "roster.csv"),
        ("字" * 300 + ".csv", "字" * papers.NAME_LENGTH_MOST + ".csv"),
    ],
)
def test_names_are_cleaned(name: str, clean: str) -> None:
    assert store(name=name).name == clean


def test_bytes_that_were_changed_are_not_given(folder: Path) -> None:
    file, other = store(), store()
    ours, theirs = (next(path for path in on_disk(folder) if path.name == str(row.key)) for row in (file, other))
    theirs.write_bytes(ours.read_bytes())
    with pytest.raises(Unreadable, match="belong together"):
        papers.read(other)
    ours.unlink()
    with pytest.raises(Unreadable, match="cannot be read"):
        papers.read(file)
    fresh = store()
    fresh.sha256 = "0" * 64
    with pytest.raises(Unreadable, match="not those that were stored"):
        papers.read(fresh)


def test_who_sees_a_file() -> None:
    with within([]):
        mine = store(by=OTHER)
    with within(["/1/7/"]):
        branch = store(unit_path="/1/7/", by=CLERK)
    forget()
    with within(["/1/"]):
        assert list(StoredFile.objects.all()) == [branch]
    with within(["/1/8/"]):
        assert not StoredFile.objects.exists()
        papers.holding(by=OTHER)
        assert list(StoredFile.objects.all()) == [mine]
    forget()
    with within([]):
        papers.holding(by=OTHER)
        laid = papers.lay_in_branch(file=mine, unit_path="/1/8/", by=OTHER, at=AT)
        papers.holding(by=Actor(ActorKind.STAFF, "7"))
        assert not StoredFile.objects.exists()
    with within(["/1/8/"]):
        assert list(StoredFile.objects.all()) == [laid]


def forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('mutualaid.holder', '', true)")


def test_bytes_without_a_row_are_laid_aside_and_later_deleted(folder: Path) -> None:
    kept = store()
    with transaction.atomic():
        store()
        transaction.set_rollback(True)
    (folder / "ab").mkdir(exist_ok=True)
    (folder / "ab" / ".half").write_bytes(b"x")
    assert len(on_disk(folder)) == 3
    assert papers.remove_orphans(at=AT) == 0, "written later than two days before: its transaction may still be open"
    for path in on_disk(folder):
        os.utime(path, (AT.timestamp() - 3 * 86400,) * 2)
    with within([]):
        assert papers.remove_orphans(at=AT) == 2
    assert papers.read(kept) == CSV
    assert len(on_disk(folder / "removed")) == 2
    papers.remove_orphans(at=AT + datetime.timedelta(days=31))
    assert [path.name for path in on_disk(folder)] == [str(kept.key)]


def test_a_page_is_taken_only_of_those_that_we_make() -> None:
    page = b"<!DOCTYPE html>\n<html></html>"
    file = store(page, papers.HTML, name="a.html", ours=True)
    assert (file.name, file.media_type, papers.read(file)) == ("a.html", "text/html", page)
    for content, ours in ((page, False), (CSV, True), (b"", True)):
        with pytest.raises(papers.BadFile):
            store(content, papers.HTML, ours=ours)
