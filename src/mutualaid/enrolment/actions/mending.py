"""After a roster was brought: a clerk says which column is which, or has all mended that is certain; the file is read again."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mutualaid.core import papers, work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.models import LongJob, StoredFile
from mutualaid.enrolment.actions import rosters
from mutualaid.enrolment.models import HeaderMapping, RosterUpload
from mutualaid.enrolment.roster.columns import BY_FIELD
from mutualaid.enrolment.roster.headers import NEEDED, fingerprint_of
from mutualaid.enrolment.standing import locked_draft, open_upload
from mutualaid.people.refusals import Refused

MARK = "mark_roster"
"""Jobs of the portal, whose words the workbook has."""


class NotAsked(Refused):
    """The columns are known, or nothing is to be mended."""


class ColumnsWrong(Refused):
    """What was said of the columns cannot be."""


@transaction.atomic
def map_columns(
    *, upload: RosterUpload, fields: Mapping[str, str], by: Actor, at: datetime.datetime
) -> RosterUpload | LongJob:
    """A clerk says which column is which: by label (``headers.Asked``) a field, or nothing for a column that is not read. It is
    remembered for the employer, and the file is read by it, a large one by the worker. Raises ColumnsWrong, NotAsked,
    NotDraft."""
    locked = _waiting(upload)
    asked: dict[str, Any] = json.loads(locked.asked or "{}")
    if not asked:
        raise NotAsked(
            "应为尚未确认各列的文件；该文件的各列已确认，请刷新页面",
            "expected a file whose columns are not known yet, found that they are; load the page again",
        )
    words = {column["label"]: column["word"] for column in asked["columns"]}
    chosen = {label: fields.get(label, "") for label in words}
    _can_be(chosen)
    employer = locked.enrolment.employer
    mapping, _ = HeaderMapping.objects.update_or_create(
        employer=employer,
        fingerprint=fingerprint_of(chosen),
        defaults={"headers": list(words.items()), "fields": chosen, "at": at},
    )
    record(what="map_columns", row=mapping, by=by, at=at, columns=len(chosen), read=sum(map(bool, chosen.values())))
    return _again(locked, mend=False, by=by, at=at)


def _can_be(chosen: Mapping[str, str]) -> None:
    told = [field for field in chosen.values() if field]
    unknown = set(told) - set(BY_FIELD)
    if unknown:
        raise ColumnsWrong(
            "各列应选择列表中的含义；得到其他的，请重新选择",
            "expected meanings of the list, found others; choose again",
        )
    twice = sorted({field for field in told if told.count(field) > 1})
    if twice:
        zh, en = "、".join(BY_FIELD[one].zh for one in twice), ", ".join(BY_FIELD[one].also[-1] for one in twice)
        raise ColumnsWrong(
            f"每种含义应只选一列；“{zh}”选了多次，请只保留一列",
            f"expected one column for each meaning, found several for {en}; keep one",
        )
    missing = sorted(NEEDED - set(told))
    if missing:
        zh, en = "、".join(BY_FIELD[one].zh for one in missing), ", ".join(BY_FIELD[one].also[-1] for one in missing)
        raise ColumnsWrong(
            f"应指明“姓名”和“证件号码”各是哪一列；没有选“{zh}”，请补选",
            f"expected to be told which columns are the name and the ID number, found none for {en}; choose it",
        )


@transaction.atomic
def mend_certain(*, upload: RosterUpload, by: Actor, at: datetime.datetime) -> RosterUpload | LongJob:
    """All that can be mended for certain (``roster.mending``) is mended and checked again; the upload keeps what was changed.
    Raises NotAsked, NotDraft."""
    locked = _waiting(upload)
    if not locked.reading.get("certain"):
        raise NotAsked(
            "应有可以一键改正的内容；没有找到，请刷新页面",
            "expected something that can be mended for certain, found nothing; load the page again",
        )
    return _again(locked, mend=True, by=by, at=at)


@transaction.atomic
def forget_mapping(*, mapping: HeaderMapping, by: Actor, at: datetime.datetime) -> None:
    """A remembered header is forgotten: the next file with it is asked about again."""
    record(what="forget_mapping", row=mapping, by=by, at=at, columns=len(mapping.headers))
    mapping.delete()


@transaction.atomic
def ask_for_marked(*, upload: RosterUpload, language: str, by: Actor, at: datetime.datetime) -> LongJob:
    """The workbook with its bad cells marked is made by the worker: a large one takes longer than a page may. Asked again,
    the same job is given. Raises NotDraft, TakenAlready."""
    locked = _waiting(upload)
    wanted = {
        "upload": locked.pk,
        "language": language,
        "back": f"/employers/enrolments/{locked.enrolment.number}/uploads/{locked.file.key}",
    }
    before = work.jobs_of(by=by).filter(kind=MARK, wanted=wanted).exclude(state__in=["failed", "cancelled"]).first()
    return before or work.ask(kind=MARK, wanted=wanted, by=by, at=at)


@transaction.atomic
def keep_marked(*, upload: RosterUpload, content: bytes, name: str, by: Actor, at: datetime.datetime) -> StoredFile:
    """The marked workbook is kept, in the employer's branch, for whoever asked for it."""
    file = papers.store(
        content=content,
        name=name,
        kind="marked_roster",
        media_type=papers.XLSX,
        unit_path=upload.enrolment.employer.unit_path,
        by=by,
        at=at,
    )
    record(what="read_marked_roster", row=upload, by=by, at=at, file=str(file.key))
    return file


def _waiting(upload: RosterUpload) -> RosterUpload:
    """The upload under a lock. Raises NotDraft, TakenAlready."""
    locked_draft(enrolment=upload.enrolment)
    return open_upload(upload=upload)


def _again(upload: RosterUpload, *, mend: bool, by: Actor, at: datetime.datetime) -> RosterUpload | LongJob:
    """The file is read anew; in the background where that takes long."""
    enrolment, file = upload.enrolment, upload.file
    if file.size > rosters.AT_ONCE_BYTES:
        back = f"/employers/enrolments/{enrolment.number}"
        wanted = {"enrolment": enrolment.number, "file": str(file.key), "mend": mend, "back": back}
        return work.ask(kind="preview_roster", wanted=wanted, by=by, at=at)
    return rosters.preview_roster(enrolment=enrolment, file=file, mend=mend, by=by, at=at)
