"""One roster for a whole package: each person becomes a row of every plan of their group, checked by each plan's rules;
faults are told once, and a person is taken for all plans of the group or for none."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from mutualaid.core import papers, work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.inserting import insert_columns
from mutualaid.core.models import LongJob, StoredFile
from mutualaid.enrolment.actions.rosters import AT_ONCE_BYTES, AT_ONCE_ROWS, FaultyRows
from mutualaid.enrolment.models import Enrolment, RosterRow, RosterUpload
from mutualaid.enrolment.package_models import Package, PackageGroup, PackagePlan
from mutualaid.enrolment.packages import (
    GROUP,
    Misplaced,
    group_for,
    groups_of,
    locked_package,
    of_plan,
    open_enrolments,
    preview_counts,
    waiting_uploads,
)
from mutualaid.enrolment.roster.checking import PLAN, Fault, Row, fault
from mutualaid.enrolment.roster.known import Tell, nobody, weighed
from mutualaid.enrolment.roster.reading import Line, NotARoster, read_roster
from mutualaid.enrolment.roster.told import columns_of
from mutualaid.enrolment.standing import TakenAlready
from mutualaid.people.refusals import Refused


@transaction.atomic
def bring_package_roster(
    *, package: Package, content: bytes, name: str, by: Actor, at: datetime.datetime
) -> Sequence[RosterUpload] | LongJob:
    """A clerk brings a file: it is kept in the employer's branch and previewed, a large one by the worker, whose job is
    then given. Raises BadFile, NotARoster, NotDraft."""
    draft = locked_package(package=package)
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
        wanted = {"package": draft.number, "file": str(file.key), "back": f"/employers/packages/{draft.number}"}
        return work.ask(kind="preview_package", wanted=wanted, by=by, at=at)
    return preview_package(package=draft, file=file, by=by, at=at)


@dataclass
class _Checking:
    """A file as it is checked: the rows of each plan, and by line what was found in any of them."""

    rows: dict[int, list[tuple[Row, str]]] = field(default_factory=dict)
    faults: dict[int, dict[tuple[str, str], Fault]] = field(default_factory=dict)
    persons: dict[str, int] = field(default_factory=dict)

    def told(self, line: int, faults: Sequence[Fault], plan: str) -> None:
        """What was found in a line for a plan: rules of the plan by its name, all else once."""
        mine = self.faults.setdefault(line, {})
        for one in faults:
            named = one["field"] == PLAN
            zh, en = (f"{plan}：{one['zh']}", f"{plan}: {one['en']}") if named else (one["zh"], one["en"])
            mine.setdefault((one["field"], zh), {**one, "zh": zh, "en": en})

    def person(self, line: int, index: str) -> None:
        """Somebody in a line, who must not stand in another."""
        first = self.persons.setdefault(index, line)
        known = any(name == "identity_number" for name, _ in self.faults.get(line, {}))
        if first != line and not known:
            zh = f"每人应只有一行；与第 {first} 行的证件号码相同，请删去其中一行"
            en = f"expected one row for a person, found the number of row {first} again; remove one of them"
            self.faults.setdefault(line, {})["identity_number", zh] = fault("identity_number", zh, en)


@transaction.atomic
def preview_package(
    *, package: Package, file: StoredFile, by: Actor, at: datetime.datetime, tell: Tell = nobody
) -> Sequence[RosterUpload]:
    """Read and check a file for all plans; its rows are only a preview, which replaces an earlier one. Gives the upload of each
    plan. Raises NotARoster, NotDraft."""
    draft = locked_package(package=package)
    tell("读取文件", "reading the file", 0, None)
    roster = read_roster(papers.read(file), name=file.name)
    if roster.enrolment not in (None, draft.number):
        raise NotARoster(
            f"应为综合保障计划 {draft.number} 的模板；得到另一份模板，请核对文件，或下载本计划的模板",
            f"expected the template of package {draft.number}, found that of another; check the file or download its template",
        )
    enrolments, groups = open_enrolments(package=draft), groups_of(package=draft)
    if not enrolments:
        raise Refused(
            "应先选好各组的单项计划；没有找到，请先编排",
            "expected plans for the groups, found none; compose them first",
        )
    checking = _checked(roster.lines, enrolments, groups, day_of(at), tell)
    RosterUpload.objects.filter(enrolment__in=enrolments, taken_at=None).delete()
    uploads = [
        _kept(enrolment, checking, file, at, of_plan(tell=tell, place=place, of=len(enrolments)))
        for place, enrolment in enumerate(enrolments, start=1)
    ]
    read, good = preview_counts(uploads=uploads)
    record(what="preview_package", row=draft, by=by, at=at, rows=read, good=good)
    return uploads


def _checked(
    lines: Sequence[Line],
    enrolments: Sequence[Enrolment],
    groups: Sequence[PackageGroup],
    on: datetime.date,
    tell: Tell,
) -> _Checking:
    checking = _Checking()
    placed: dict[int, list[Line]] = {one.pk: [] for one in enrolments}
    by_version = {one.version_id: one for one in enrolments}
    for line in lines:
        group = group_for(line.told, groups)
        if isinstance(group, Misplaced):
            placed[enrolments[0].pk].append(line)
            checking.told(line.line, [fault(GROUP, group.zh, group.en)], "")
            continue
        for plan in group.plans.all():
            placed[by_version[plan.version_id].pk].append(_asked(line, group, plan))
    for number, enrolment in enumerate(enrolments, start=1):
        mine = placed[enrolment.pk]
        told = of_plan(tell=tell, place=number, of=len(enrolments))
        found = weighed(lines=mine, enrolment=enrolment, on=on, besides_taken=False, tell=told, total=len(mine))
        checking.rows[enrolment.pk] = [(row, found.indexes.get(place, "")) for place, row in enumerate(found.rows)]
        for row, _index in checking.rows[enrolment.pk]:
            checking.told(row.line, row.faults, enrolment.version.name_zh)
    for rows_of_plan in checking.rows.values():
        for row, index in rows_of_plan:
            if index:
                checking.person(row.line, index)
    return checking


def _asked(line: Line, group: PackageGroup, plan: PackagePlan) -> Line:
    """A person as a plan of their group takes them: the package says the option and the units, and the risk class where it
    does."""
    said = {GROUP: group.name, "units": str(plan.units)}
    if plan.option:
        said["option"] = plan.option
    if plan.risk_class:
        said["risk_class"] = plan.risk_class
    return Line(line.line, {**line.told, **said}, list(line.faults))


def _kept(
    enrolment: Enrolment, checking: _Checking, file: StoredFile, at: datetime.datetime, tell: Tell
) -> RosterUpload:
    """The preview of one plan. A line with a fault in any plan is faulty in all."""
    rows = checking.rows[enrolment.pk]
    for row, _index in rows:
        row.faults = list(checking.faults.get(row.line, {}).values())
    good = sum(not row.faults for row, _ in rows)
    upload = RosterUpload.objects.create(enrolment=enrolment, file=file, at=at, rows_read=len(rows), rows_good=good)
    insert_columns(
        RosterRow,
        columns_of(rows=[row for row, _ in rows], indexes=dict(enumerate(index for _, index in rows)), upload=upload),
        told=lambda done: tell("保存核对结果", "keeping what was found", done, len(rows)),
    )
    return upload


@transaction.atomic
def take_package_rows(*, package: Package, leave_out_faulty: bool, by: Actor, at: datetime.datetime) -> int:
    """The persons of the preview become the package's, in place of an earlier roster: all, or with ``leave_out_faulty`` those
    without a fault; how many. Raises NotDraft, TakenAlready, FaultyRows."""
    draft = locked_package(package=package)
    uploads = waiting_uploads(package=draft)
    if not uploads:
        raise TakenAlready(
            "应有待采用的名册；没有找到，可能已采用或放弃，请重新上传",
            "expected a roster that waits, found none; it was perhaps taken or dropped: upload it again",
        )
    read, good = preview_counts(uploads=uploads)
    if good < read and not leave_out_faulty:
        raise FaultyRows(
            f"名册应没有有误的行；{read - good} 行有误，请修改后重新上传，或说明略去有误的行",
            f"expected no faulty rows, found {read - good}; mend them and upload the roster again, or leave them out",
        )
    if not good:
        raise Refused(
            "应至少有一行可采用；没有找到，请按提示修改后重新上传",
            "expected at least one good row, found none; mend the rows and upload the file again",
        )
    mine = open_enrolments(package=draft)
    RosterRow.objects.filter(enrolment__in=mine, taken=True).delete()
    RosterRow.objects.filter(upload__in=uploads, faults=[]).update(taken=True)
    RosterUpload.objects.filter(pk__in=[one.pk for one in uploads]).update(taken_at=at)
    record(what="take_package_rows", row=draft, by=by, at=at, rows=good)
    return good


@transaction.atomic
def take_package(*, package: Package, leave_out_faulty: bool, by: Actor, at: datetime.datetime) -> int | LongJob:
    """``take_package_rows``, of a large roster by the worker, whose job is then given. Raises what that raises."""
    read = sum(one.rows_read for one in waiting_uploads(package=locked_package(package=package)))
    if read <= AT_ONCE_ROWS:
        return take_package_rows(package=package, leave_out_faulty=leave_out_faulty, by=by, at=at)
    back = f"/employers/packages/{package.number}/roster"
    wanted = {"package": package.number, "leave_out_faulty": leave_out_faulty, "back": back}
    return work.ask(kind="take_package", wanted=wanted, by=by, at=at)


@transaction.atomic
def drop_package_upload(*, package: Package, by: Actor, at: datetime.datetime) -> None:
    """Nothing of the preview is taken. Raises NotDraft, TakenAlready."""
    draft = locked_package(package=package)
    uploads = waiting_uploads(package=draft)
    if not uploads:
        raise TakenAlready(
            "应有待采用的名册；没有找到，可能已采用或放弃，请重新上传",
            "expected a roster that waits, found none; it was perhaps taken or dropped: upload it again",
        )
    RosterUpload.objects.filter(pk__in=[one.pk for one in uploads]).delete()
    record(what="drop_package_upload", row=draft, by=by, at=at)
