"""Files that people bring or that we make: encrypted in the data folder, their rows in the database.

The bytes are written first and the row after them, in the caller's transaction; when that is rolled back, bytes without a row
stay behind, which ``remove_orphans`` clears away. Whoever brought a file sees it whatever branch it lies in, once ``holding``
has said who asks: a member, or somebody who applies, is told no branch. Everybody else sees the files of their branches.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import os
import re
import secrets
import unicodedata
import uuid
import zipfile
from pathlib import Path

from django.db import connection, transaction

from mutualaid.core import pictures
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.encryption import Unreadable, keys
from mutualaid.core.models import StoredFile
from mutualaid.core.places import data_folder
from mutualaid.core.row_security import EVERYTHING, SETTING_HOLDER, within

SIZE_MOST = 64 * 1024 * 1024
"""Bytes of one file: a roster of 200,000 lines has 14 MB."""
NAME_LENGTH_MOST = 120
PDF, JPEG, PNG, CSV, XML = "application/pdf", "image/jpeg", "image/png", "text/csv", "application/xml"
HTML = "text/html"
ZIP = "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
ENDINGS = {
    PDF: (".pdf",),
    JPEG: (".jpg", ".jpeg"),
    PNG: (".png",),
    XLSX: (".xlsx",),
    XLS: (".xls",),
    CSV: (".csv",),
    XML: (".xml",),
}
"""The media types that are taken, and how names of such files end."""
ENDINGS_OF_OURS = {**ENDINGS, HTML: (".html",), ZIP: (".zip",)}
"""Those of files that we make, or have looked into: a page may run something in a browser, and an archive hold anything."""
WAIT_BEFORE_REMOVAL = datetime.timedelta(days=2)
"""No transaction stays open for so long; so bytes of that age without a row belong to none that may still commit."""
KEPT_AFTER_REMOVAL = datetime.timedelta(days=30)
"""Orphans lie aside for so long: somebody may have started on a wrong database, or gone back to an older copy of it."""
ASIDE = "removed"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class BadFile(ValueError):
    """A file that is not taken; ``zh`` and ``en`` say what was expected and what was found."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def store(
    *,
    content: bytes,
    name: str,
    kind: str,
    media_type: str,
    unit_path: str = "",
    ours: bool = False,
    by: Actor,
    at: datetime.datetime,
) -> StoredFile:
    """Keep a file. ``kind``: what it is to the domain that stores it (``roster``); ``media_type``: what it is said to be, one of
    ``ENDINGS``; ``unit_path``: the branch whose people may see it; ``ours``: we made it, or looked into it: then a page
    in HTML and a zip are taken too.
    Raises BadFile."""
    _check(content, media_type, ours=ours)
    key = uuid.uuid4()
    with transaction.atomic():
        _write(_place(key), keys().seal(content, purpose=_purpose(key)))
        holding(by=by)
        file = StoredFile.objects.create(
            key=key,
            kind=kind,
            name=clean_name(name, kind=kind, media_type=media_type),
            media_type=media_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            unit_path=unit_path,
            by_kind=by.kind,
            by_key=by.key,
            at=at,
        )
        record(what="store_file", row=file, by=by, at=at, kind=kind, size=len(content))
    return file


def read(file: StoredFile) -> bytes:
    """The bytes of a file, as they were brought. Raises Unreadable when they are gone, changed, or of another key."""
    try:
        sealed = _place(file.key).read_bytes()
    except OSError as fault:
        raise Unreadable(_purpose(file.key), f"文件读不到 · the file cannot be read ({fault.strerror})") from fault
    content = keys().open(sealed, purpose=_purpose(file.key))
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise Unreadable(_purpose(file.key), "内容与登记的校验值不符 · its bytes are not those that were stored")
    return content


def lay_in_branch(*, file: StoredFile, unit_path: str, by: Actor, at: datetime.datetime) -> StoredFile:
    """Say whose people may see a file, once it is known; gives the file as it then is."""
    with transaction.atomic():
        locked = StoredFile.objects.select_for_update(no_key=True).get(pk=file.pk)
        locked.unit_path = unit_path
        locked.save(update_fields=["unit_path"])
        record(what="lay_file_in_branch", row=locked, by=by, at=at, unit_path=unit_path)
    return locked


def holding(*, by: Actor) -> None:
    """Let this transaction see what ``by`` brought. What they may do with it, ``access`` of the domain says."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING_HOLDER, str(by)])


def remove_orphans(*, at: datetime.datetime) -> int:
    """Lay bytes aside whose row was rolled back, and delete what has lain aside for long; how many were laid aside.

    Raises nothing when a file vanishes meanwhile: another worker was quicker.
    """
    aside = _root() / ASIDE
    old = (at - WAIT_BEFORE_REMOVAL).timestamp()
    orphans: list[Path] = []
    for folder in _root().glob("[0-9a-f][0-9a-f]"):
        found = [path for path in folder.iterdir() if _written_before(path, old)]
        with within([EVERYTHING]):
            rows = StoredFile.objects.filter(key__in=[path.name for path in found if _is_key(path.name)])
            known = {str(key) for key in rows.values_list("key", flat=True)}
        orphans += [path for path in found if path.name not in known]
    aside.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in orphans:
        os.utime(path, (at.timestamp(), at.timestamp()))
        path.rename(aside / path.name)
    gone = (at - KEPT_AFTER_REMOVAL).timestamp()
    for path in aside.iterdir():
        if _written_before(path, gone):
            path.unlink(missing_ok=True)
    return len(orphans)


def clean_name(name: str, *, kind: str, media_type: str) -> str:
    """A file's name without folders, signs that cannot be seen, and an ending that is not of its type."""
    tidy = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    tidy = "".join(sign for sign in tidy if unicodedata.category(sign) not in _UNSEEN)
    tidy = re.sub(r'[<>:"|?*\s]+', " ", tidy).strip(" .")
    endings = ENDINGS_OF_OURS[media_type]
    ending = next((tidy[-len(known) :] for known in endings if tidy.lower().endswith(known)), "")
    stem = tidy[: len(tidy) - len(ending)].strip(" .")[:NAME_LENGTH_MOST] or kind
    return stem + (ending or endings[0])


def type_of(content: bytes) -> str:
    """The media type that the bytes themselves show; empty for one that is not taken."""
    for begin, media_type in ((b"%PDF-", PDF), (b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG)):
        if content.startswith(begin):
            return media_type
    if content.startswith(b"PK"):
        return XLSX if _is_workbook(content) else ""
    if content.startswith(_OLE):
        return XLS if any(name.encode("utf-16-le") + b"\0\0" in content for name in ("Workbook", "Book")) else ""
    if content.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<?xml"):
        return XML
    return CSV if _is_text(content) else ""


def _check(content: bytes, media_type: str, *, ours: bool) -> None:
    if not content:
        raise BadFile("文件是空的，请重新选择", "the file is empty; choose another")
    if len(content) > SIZE_MOST:
        raise BadFile(
            f"文件最大 {SIZE_MOST >> 20} MB，得到 {len(content) / (1 << 20):.1f} MB；请压缩或拆分后再上传",
            f"expected at most {SIZE_MOST >> 20} MB, found {len(content) / (1 << 20):.1f} MB; make it smaller or split it",
        )
    shown = type_of(content)
    if ours and media_type == HTML and shown == CSV and content.lstrip()[:15].lower() == b"<!doctype html>":
        return
    if ours and media_type == ZIP and content.startswith(b"PK"):
        return
    if media_type not in ENDINGS or shown != media_type:
        taken = "、".join(endings[0][1:].upper() for endings in ENDINGS.values())
        raise BadFile(
            f"文件内容应为 {_named(media_type)[0]}，看起来是 {_named(shown)[0]}；可上传 {taken}，请另存为相应格式后再上传",
            f"expected a file that is {_named(media_type)[1]}, found one that looks like {_named(shown)[1]}; "
            f"taken are {taken.replace('、', ', ')}: save it as one of them",
        )
    if not ours and media_type in (JPEG, PNG) and (fault := pictures.fault_of(content)):
        raise BadFile(*fault)


def _named(media_type: str) -> tuple[str, str]:
    known = ENDINGS[media_type][0][1:].upper() if media_type in ENDINGS else ""
    return known or "其他格式", known or "another format"


def _is_workbook(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return {"[Content_Types].xml", "xl/workbook.xml"} <= names


def _is_text(content: bytes) -> bool:
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))  # what Excel calls Unicode text
    if b"\0" in content and not wide:
        return False
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _purpose(key: uuid.UUID) -> str:
    return f"core_storedfile.{key}"


def _root() -> Path:
    return data_folder() / "files"


def _place(key: uuid.UUID) -> Path:
    return _root() / key.hex[:2] / str(key)


def _write(place: Path, sealed: bytes) -> None:
    """Whole or not at all, whatever happens to the machine: written aside, forced to the disk, renamed."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = place.with_name(f".{place.name}-{secrets.token_hex(4)}")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        made.rename(place)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    for folder in (place.parent, place.parent.parent):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _written_before(path: Path, moment: float) -> bool:
    try:
        return path.stat().st_mtime < moment
    except FileNotFoundError:
        return False


def _is_key(name: str) -> bool:
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False
