"""What actions hold before they change anything: the draft under its lock, its rows against the facts of the day."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence

from mutualaid.enrolment.models import Enrolment, RosterRow, RosterUpload
from mutualaid.enrolment.roster.checking import Fault
from mutualaid.enrolment.roster.known import Tell, Weighed, nobody, weighed
from mutualaid.enrolment.roster.reading import Line
from mutualaid.enrolment.states import ENROLMENT
from mutualaid.people.refusals import Refused


class NotDraft(Refused):
    """What was handed in is not changed."""


class RosterFaulty(Refused):
    """Rows that were good are so no more; ``faults`` are pairs of a row's line and a fault."""

    def __init__(self, faults: list[tuple[int, Fault]]) -> None:
        self.faults = faults
        lines = list(dict.fromkeys(line for line, _ in faults))
        shown = "、".join(str(line) for line in lines[:10]) + ("…" if len(lines) > 10 else "")
        super().__init__(
            f"名单各行应仍符合规定；{len(lines)} 行现已不符（第 {shown} 行）：{faults[0][1]['zh']}；请修改或移除",
            f"expected all rows to keep the rules still, found {len(lines)} that do not (row {shown}): {faults[0][1]['en']}; "
            "mend or remove them",
        )


class WrongHeadcount(Refused):
    """A headcount that cannot be."""


def check_headcounts(*, headcount: int, women_headcount: int | None) -> None:
    """Raises WrongHeadcount."""
    if headcount < 1 or (women_headcount is not None and not 0 <= women_headcount <= headcount):
        raise WrongHeadcount(
            f"职工人数应至少为 1，女职工人数应在 0 与其之间；得到 {headcount} 和 {women_headcount}，请改正",
            f"expected at least 1 person and 0 to as many women, found {headcount} and {women_headcount}; correct it",
        )


def check_group_headcounts(*, headcount: int, groups: Sequence[int | None]) -> None:
    """Groups of a package, those of which a number is told, are together no more than all. Raises WrongHeadcount."""
    told = sum(one for one in groups if one is not None)
    if told > headcount:
        raise WrongHeadcount(
            f"各组预计人数合计应不超过在职职工人数 {headcount}；合计为 {told}，请改正",
            f"expected groups of at most {headcount} persons together, as many as the staff, found {told}; correct them",
        )


class PartOfPackage(Refused):
    """What belongs to a package is done with the whole of it."""


def refuse_part(*, enrolment: Enrolment, as_part: bool) -> None:
    """An enrolment of a package moves with its package. Raises PartOfPackage."""
    if enrolment.package is not None and not as_part:
        number = enrolment.package.number
        raise PartOfPackage(
            f"应为单独的参保单；{enrolment.number} 属于综合保障计划 {number}，请在该综合保障计划中办理",
            f"expected an enrolment of its own, found {enrolment.number} in package {number}; do it for the whole package there",
        )


def locked_draft(*, enrolment: Enrolment, as_part: bool = False) -> Enrolment:
    """The enrolment under a lock, while it is being written. ``as_part``: of its package. Raises NotDraft, PartOfPackage."""
    refuse_part(enrolment=enrolment, as_part=as_part)
    found = (
        Enrolment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("version", "employer__unit")
        .get(pk=enrolment.pk)
    )
    if found.state != "draft":
        raise NotDraft(
            f"参保单应为填报中；现为“{ENROLMENT.names[found.state][0]}”，不能修改名单，请先由经办机构退回",
            f"expected an enrolment that is being written, found it {ENROLMENT.names[found.state][1]}; have it sent back first",
        )
    return found


def checked_again(*, enrolment: Enrolment, on: datetime.date, tell: Tell = nobody) -> Weighed:
    """The taken rows, checked against the day's facts, with what is known of the persons; what is noticed now is kept with them.
    Raises RosterFaulty."""
    taken = RosterRow.objects.filter(enrolment=enrolment, taken=True).order_by("line", "id")
    keys: list[int] = []
    before: list[list[Fault]] = []

    def lines() -> Iterator[Line]:
        for key, line, said, warnings in taken.values_list("id", "line", "told", "warnings").iterator(chunk_size=5000):
            keys.append(key)
            before.append(warnings)
            yield Line(line, json.loads(said))

    found = weighed(lines=lines(), enrolment=enrolment, on=on, besides_taken=False, tell=tell, total=taken.count())
    faults = [(row.line, fault) for row in found.rows for fault in row.faults]
    if faults:
        raise RosterFaulty(faults)
    changed = [
        RosterRow(pk=key, warnings=row.warnings)
        for key, was, row in zip(keys, before, found.rows, strict=True)
        if was != row.warnings
    ]
    RosterRow.objects.bulk_update(changed, ["warnings"], batch_size=500)
    return found


class TakenAlready(Refused):
    """The upload was taken before."""


def open_upload(*, upload: RosterUpload) -> RosterUpload:
    """The upload under a lock. Raises NotDraft, TakenAlready."""
    locked_draft(enrolment=upload.enrolment)
    locked = RosterUpload.objects.select_for_update(no_key=True, of=("self",)).filter(pk=upload.pk).first()
    if locked is None or locked.taken_at is not None:
        raise TakenAlready(
            "应为尚未采用或放弃的名单；该名单已采用或放弃，没有再次采用，请打开参保单查看",
            "expected an upload that was neither taken nor dropped, found that it was; nothing was taken again, see the "
            "enrolment",
        )
    return locked
