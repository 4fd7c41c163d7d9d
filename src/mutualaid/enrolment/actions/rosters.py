"""A roster is uploaded and looked at, its good rows are taken or none; persons are added and removed by hand."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.db.models import Max

from mutualaid.core import papers, work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.inserting import insert_columns
from mutualaid.core.models import LongJob, StoredFile
from mutualaid.enrolment.actions.enrolling import begin_enrolment
from mutualaid.enrolment.models import Enrolment, RosterRow, RosterUpload
from mutualaid.enrolment.roster.brought import asked_of, kept, read_brought, waiting
from mutualaid.enrolment.roster.columns import BY_FIELD
from mutualaid.enrolment.roster.files import recognised
from mutualaid.enrolment.roster.known import Tell, checked, nobody, weighed
from mutualaid.enrolment.roster.reading import CELL_MOST, ColumnsUnsure, Line, NotARoster
from mutualaid.enrolment.roster.told import columns_of, stored
from mutualaid.enrolment.standing import RosterFaulty, locked_draft, open_upload
from mutualaid.people.models import Employer
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion

_ROWS_TOLD = 500
"""Numbers of rows that the audit of a mended roster names."""
AT_ONCE_BYTES = 64 * 1024
"""Of a file that is read while the clerk waits: some 600 rows, about a second."""

AT_ONCE_ROWS = 20_000
"""Rows that are taken while the clerk waits: under a second."""


class OutOfDate(Refused):
    """The roster changed since the preview."""


@transaction.atomic
def bring_roster(
    *, enrolment: Enrolment, content: bytes, name: str, by: Actor, at: datetime.datetime
) -> RosterUpload | LongJob:
    """A clerk brings a file: it is kept in the employer's branch and previewed, a large one by the worker, whose job is then
    given. Raises BadFile, NotARoster, NotDraft."""
    draft = locked_draft(enrolment=enrolment)
    recognised(content)
    file = papers.store(
        content=content,
        name=name,
        kind="roster",
        media_type=papers.type_of(content) or papers.XLSX,
        unit_path=draft.employer.unit_path,
        by=by,
        at=at,
    )
    if len(content) > AT_ONCE_BYTES:
        wanted = {"enrolment": draft.number, "file": str(file.key), "back": f"/employers/enrolments/{draft.number}"}
        return work.ask(kind="preview_roster", wanted=wanted, by=by, at=at)
    return preview_roster(enrolment=draft, file=file, by=by, at=at)


@transaction.atomic
def preview_roster(
    *,
    enrolment: Enrolment,
    file: StoredFile,
    mend: bool = False,
    by: Actor,
    at: datetime.datetime,
    tell: Tell = nobody,
) -> RosterUpload:
    """Read and check a file; its rows are only a preview, which replaces an earlier one. ``mend``: with all mended that is
    certain. Where it is not clear which column is which there are no rows: the upload keeps what is asked of the
    clerk. Raises NotARoster, NotDraft."""
    draft = locked_draft(enrolment=enrolment)
    tell("读取文件", "reading the file", 0, None)
    try:
        brought = read_brought(enrolment=draft, file=file, mend=mend)
    except ColumnsUnsure as unsure:
        return _columns_asked(draft, file, unsure, by, at)
    roster = brought.roster
    if roster.enrolment not in (None, draft.number):
        raise NotARoster(
            f"应为参保单 {draft.number} 的模板；得到另一参保单的模板，请核对文件，或下载本参保单的模板",
            f"expected the template of enrolment {draft.number}, found that of another; check the file or download the "
            "template of this enrolment",
        )
    found = weighed(lines=roster.lines, enrolment=draft, on=day_of(at), tell=tell, total=len(roster.lines))
    rows, indexes = found.rows, found.indexes
    good = sum(not row.faults for row in rows)
    reading = kept(brought=brought, before=waiting(enrolment=draft), rows=rows, indexes=indexes)
    draft.uploads.filter(taken_at=None).delete()
    upload = RosterUpload.objects.create(
        enrolment=draft, file=file, at=at, rows_read=len(rows), rows_good=good, reading=reading
    )
    insert_columns(
        RosterRow,
        columns_of(rows=rows, indexes=indexes, upload=upload),
        told=lambda done: tell("保存核对结果", "keeping what was found", done, len(rows)),
    )
    record(what="preview_roster", row=upload, by=by, at=at, enrolment=draft.number, rows=len(rows), good=good)
    if brought.changes:
        changed = sorted({line for line, _, _ in brought.changes})
        record(what="mend_roster", row=upload, by=by, at=at, changes=brought.mended, rows=changed[:_ROWS_TOLD])
    return upload


def _columns_asked(
    draft: Enrolment, file: StoredFile, unsure: ColumnsUnsure, by: Actor, at: datetime.datetime
) -> RosterUpload:
    """An upload without rows: first a clerk says which column is which."""
    draft.uploads.filter(taken_at=None).delete()
    asked = asked_of(unsure=unsure)
    upload = RosterUpload.objects.create(enrolment=draft, file=file, at=at, rows_read=0, rows_good=0, asked=asked)
    record(what="ask_for_columns", row=upload, by=by, at=at, enrolment=draft.number, columns=len(unsure.columns))
    return upload


def told_file(
    *,
    number: str,
    unit_path: str,
    told: Sequence[Mapping[str, str]],
    fields: Sequence[str],
    by: Actor,
    at: datetime.datetime,
) -> StoredFile:
    """Persons by the fields of a roster as a file, which is kept as one that a clerk brings."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([BY_FIELD[name].zh for name in fields])
    rows.writerows([one.get(name, "") for name in fields] for one in told)
    return papers.store(
        content=text.getvalue().encode("utf-8-sig"),
        name=f"{number}.csv",
        kind="roster",
        media_type=papers.CSV,
        unit_path=unit_path,
        by=by,
        at=at,
    )


@transaction.atomic
def preview_told(
    *, enrolment: Enrolment, told: Sequence[Mapping[str, str]], by: Actor, at: datetime.datetime
) -> RosterUpload:
    """Persons as a program tells them, by the fields of a roster, checked as those of a file: they are kept as one, which
    the office can open; the first stands on line 2. Replaces an earlier preview. Raises NotARoster, NotDraft."""
    file = told_file(
        number=enrolment.number, unit_path=enrolment.employer.unit.path, told=told, fields=list(BY_FIELD), by=by, at=at
    )
    return preview_roster(enrolment=enrolment, file=file, by=by, at=at)


@transaction.atomic
def begin_with_roster(
    *,
    employer: Employer,
    version: PlanVersion,
    headcount: int,
    women_headcount: int | None = None,
    told: Sequence[Mapping[str, str]] = (),
    by: Actor,
    at: datetime.datetime,
) -> Enrolment:
    """An enrolment is begun, and the persons that a program tells are previewed. Raises what ``begin_enrolment`` and
    ``preview_told`` raise."""
    begun = begin_enrolment(
        employer=employer, version=version, headcount=headcount, women_headcount=women_headcount, by=by, at=at
    )
    begun.refresh_from_db(fields=["number"])
    if told:
        preview_told(enrolment=begun, told=told, by=by, at=at)
    return begun


class FaultyRows(Refused):
    """Rows of the preview have faults, and all or none were wanted."""


@transaction.atomic
def take_preview(*, enrolment: Enrolment, leave_out_faulty: bool, by: Actor, at: datetime.datetime) -> int:
    """The rows of the preview that waits, all or, with ``leave_out_faulty``, the good ones, become the enrolment's; gives how
    many, none without a preview. Raises FaultyRows, NotDraft, TakenAlready, OutOfDate."""
    draft = locked_draft(enrolment=enrolment)
    waiting = draft.uploads.filter(taken_at=None).order_by("-id").first()
    if waiting is None:
        return 0
    bad = waiting.rows_read - waiting.rows_good
    if bad and not leave_out_faulty:
        raise FaultyRows(
            f"名单应没有有误的行；{bad} 行有误，请修改后重新提交名单，或说明略去有误的行",
            f"expected no faulty rows, found {bad}; mend them and send the roster again, or say that they are left out",
        )
    return take_good_rows(upload=waiting, by=by, at=at)


@transaction.atomic
def take_good_rows(*, upload: RosterUpload, by: Actor, at: datetime.datetime) -> int:
    """The good rows of a preview become the enrolment's; gives how many. Raises NotDraft, TakenAlready, OutOfDate."""
    locked = open_upload(upload=upload)
    good = RosterRow.objects.filter(upload=locked, faults=[])
    try:
        # The database keeps a person once in an enrolment. Asked before by a join, a hundred thousand rows that it has no
        # statistics of yet were compared each with each.
        with transaction.atomic():
            count = good.update(taken=True)
    except IntegrityError as error:
        raise OutOfDate(
            "预览后名单应未变；其中有人已另行加入，请重新上传核对",
            "expected the roster as it was at the preview, found persons of it added since; upload the file again",
        ) from error
    if not count:
        raise Refused(
            "应至少有一行可采用；没有找到，请按提示修改后重新上传",
            "expected at least one good row, found none; mend the rows and upload the file again",
        )
    locked.taken_at = at
    locked.save(update_fields=["taken_at"])
    record(what="take_good_rows", row=locked, by=by, at=at, rows=count)
    return count


@transaction.atomic
def take_rows(*, upload: RosterUpload, by: Actor, at: datetime.datetime) -> int | LongJob:
    """``take_good_rows``, of a large roster by the worker, whose job is then given. Raises what that raises."""
    if upload.rows_good <= AT_ONCE_ROWS:
        return take_good_rows(upload=upload, by=by, at=at)
    locked = open_upload(upload=upload)
    wanted = {"upload": locked.pk, "back": f"/employers/enrolments/{upload.enrolment.number}/uploads/{upload.file.key}"}
    return work.ask(kind="take_roster", wanted=wanted, by=by, at=at)


@transaction.atomic
def drop_upload(*, upload: RosterUpload, by: Actor, at: datetime.datetime) -> None:
    """Nothing of a preview is taken. Raises NotDraft, TakenAlready."""
    locked = open_upload(upload=upload)
    record(what="drop_upload", row=locked, by=by, at=at, rows=locked.rows_read)
    locked.delete()


@transaction.atomic
def add_person(
    *,
    enrolment: Enrolment,
    name: str,
    identity_number: str,
    identity_kind: str = "",
    sex: str = "",
    birth_date: str = "",
    phone: str = "",
    bank_card: str = "",
    units: str = "",
    employment: str = "",
    basic_insurance: str = "",
    option: str = "",
    risk_class: str = "",
    groups: str = "",
    by: Actor,
    at: datetime.datetime,
) -> RosterRow:
    """One person by hand, as a row of the template would say it. Raises NotDraft, RosterFaulty."""
    draft = locked_draft(enrolment=enrolment)
    said = {
        "name": name,
        "identity_kind": identity_kind,
        "identity_number": identity_number,
        "sex": sex,
        "birth_date": birth_date,
        "phone": phone,
        "bank_card": bank_card,
        "units": units,
        "employment": employment,
        "basic_insurance": basic_insurance,
        "option": option,
        "risk_class": risk_class,
        "groups": groups,
    }
    line = (draft.rows.aggregate(last=Max("line"))["last"] or 0) + 1
    told = {field: text.strip()[:CELL_MOST] for field, text in said.items() if text.strip()}
    rows, indexes = checked(lines=[Line(line, told)], enrolment=draft, on=day_of(at))
    if rows[0].faults:
        raise RosterFaulty([(line, fault) for fault in rows[0].faults])
    row = stored(row=rows[0], index=indexes[0], enrolment=draft, upload=None, taken=True)
    row.save(force_insert=True)
    record(what="add_person", row=row, by=by, at=at, enrolment=draft.number)
    return row


@transaction.atomic
def remove_row(*, row: RosterRow, by: Actor, at: datetime.datetime) -> None:
    """A person is taken off the roster. Raises NotDraft."""
    locked_draft(enrolment=row.enrolment)
    record(what="remove_row", row=row, by=by, at=at, enrolment=row.enrolment.number)
    row.delete()
