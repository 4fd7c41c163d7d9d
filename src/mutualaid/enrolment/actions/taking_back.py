"""What was handed in goes back to being written; of what the office accepted the covers never begin, and the employments that it
made are undone."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.moves import make, make_all
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.enrolling import OpenAlready
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.packages import open_enrolments, persons_of
from mutualaid.enrolment.roster.known import Tell, nobody
from mutualaid.enrolment.standing import refuse_part
from mutualaid.enrolment.states import COVER, ENROLMENT, PACKAGE
from mutualaid.notices.actions import notify_clerks, notify_office
from mutualaid.people.actions.taking_back import take_back_employments
from mutualaid.people.models import Employer, RoleName
from mutualaid.people.refusals import Refused


class CoverBegun(Refused):
    """Cover of the enrolment has begun: it is paid, or costs nothing."""


@transaction.atomic
def take_back_enrolment(*, enrolment: Enrolment, as_part: bool = False, by: Actor, at: datetime.datetime) -> Enrolment:
    """An enrolment that was handed in is a draft again, with all its persons, to be mended and handed in anew. If it was
    accepted, its pending covers are cancelled; who came in by it stays a member; who came to the employer by it works there no
    more unless another cover at the employer says so. Bills are cancelled before (``contributions.actions.undoing``). Office and
    clerks are told. ``as_part``: of its package, which tells them.
    Raises IllegalMove, PartOfPackage, CoverBegun, OpenAlready."""
    # The employer's row is the lock, as when one is begun: another draft must not come between.
    Employer.objects.select_for_update(no_key=True, of=("self",)).get(pk=enrolment.employer_id)
    refuse_part(enrolment=enrolment, as_part=as_part)
    _refuse_another(enrolment)
    moved = make(enrolment, ENROLMENT, "take_back_enrolment", by=by, at=at)
    accepted_at = moved.accepted_at
    with within([EVERYTHING]):
        if Cover.objects.filter(enrolment=moved, state="begun").exists():
            raise CoverBegun(
                "参保单的保障应尚未生效；已有保障生效，不能撤回，如有差错请联系经办机构",
                "expected no cover of the enrolment to have begun, found one; ask the office where something is wrong",
            )
        members = list(Cover.objects.filter(enrolment=moved, state="pending").values_list("member_id", flat=True))
        make_all(Cover.objects.filter(enrolment=moved, state="pending"), COVER, "cancel_cover", by=by, at=at)
        undone, gone_on = (0, 0)
        if accepted_at is not None:
            undone, gone_on = take_back_employments(
                members=_not_kept_otherwise(moved, members), employer=moved.employer, made_at=accepted_at, by=by, at=at
            )
    moved.accepted_at = moved.submitted_at = None
    moved.remark = ""
    moved.save(update_fields=["accepted_at", "submitted_at", "remark"])
    if accepted_at is not None:
        did = {"covers": len(members), "employments": undone, "elsewhere": gone_on}
        record(what="take_back_covers", row=moved, by=by, at=at, **did)
    if not as_part:
        people = moved.rows.filter(taken=True).count()
        words = {"number": moved.number, "plan": moved.version.name_zh, "people": people}
        _tell(moved.employer, words, f"enrolments/{moved.number}", by, at)
    return moved


@transaction.atomic
def take_back_package(*, package: Package, by: Actor, at: datetime.datetime, tell: Tell = nobody) -> Package:
    """A package that was handed in, accepted or not, is a draft again, with all its plans and its roster. Raises what
    ``take_back_enrolment`` raises, and all of it stays as it was."""
    people, _amount = persons_of(package=package)
    moved = make(
        package,
        PACKAGE,
        "take_back_package",
        by=by,
        at=at,
        also={"accepted_at": None, "submitted_at": None, "remark": ""},
    )
    mine = open_enrolments(package=moved)
    for done, enrolment in enumerate(mine):
        tell("撤回各计划的保障", "taking covers of each plan back", done, len(mine))
        take_back_enrolment(enrolment=enrolment, as_part=True, by=by, at=at)
    words = {"number": moved.number, "plan": moved.name, "people": people}
    _tell(moved.employer, words, f"packages/{moved.number}", by, at)
    return moved


def _refuse_another(enrolment: Enrolment) -> None:
    """Raises OpenAlready: the employer writes another for the same term already."""
    other = (
        Enrolment.objects.filter(
            employer=enrolment.employer_id,
            version=enrolment.version_id,
            from_on=enrolment.from_on,
            state__in=("draft", "submitted"),
        )
        .exclude(pk=enrolment.pk)
        .first()
    )
    if other is not None:
        raise OpenAlready(
            f"本计划本期应没有办理中的参保单；已有 {other.number}，请先提交或取消它",
            f"expected no open enrolment in this plan and term, found {other.number}; hand it in or cancel it first",
        )


def _not_kept_otherwise(enrolment: Enrolment, members: list[int]) -> list[int]:
    """Those of whom no other cover says that they work at the employer."""
    kept = set(
        Cover.objects.filter(employer=enrolment.employer_id, member__in=members, until_on__gt=enrolment.from_on)
        .exclude(state="cancelled")
        .exclude(enrolment=enrolment)
        .values_list("member_id", flat=True)
    )
    return sorted(set(members) - kept)


def _tell(employer: Employer, words: Mapping[str, object], page: str, by: Actor, at: datetime.datetime) -> None:
    notify_office(
        unit=employer.unit,
        roles=[RoleName.ENROLMENT_CLERK],
        template="enrolment_taken_back",
        words=words,
        link=f"/workbench/{page}",
        by=by,
        at=at,
    )
    notify_clerks(
        employer=employer, template="enrolment_taken_back", words=words, link=f"/employers/{page}", by=by, at=at
    )
