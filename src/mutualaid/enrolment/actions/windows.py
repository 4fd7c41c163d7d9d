"""An office says when it takes enrolments in a published plan; beyond the plan's own season the plan's office approves it."""

from __future__ import annotations

import datetime

from django.db import IntegrityError, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.moves import begin, make
from mutualaid.enrolment.models import EnrolmentWindow
from mutualaid.enrolment.states import WINDOW
from mutualaid.notices.actions import notify_office
from mutualaid.people.models import RoleName, Unit
from mutualaid.people.refusals import Refused
from mutualaid.plans.access import APPROVE
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import DAY, OwnWindow
from mutualaid.plans.prose.terms import add_years
from mutualaid.plans.queries import chain_of, document_of
from mutualaid.plans.windowing import is_within


class BadWindow(Refused):
    """Days that cannot be a window of the plan's term."""


class WindowThere(Refused):
    """The office has a window for this term already."""


class OwnProposal(Refused):
    """Nobody approves the window that they proposed."""


@transaction.atomic
def open_window(
    *,
    unit: Unit,
    version: PlanVersion,
    opens_on: datetime.date,
    closes_on: datetime.date,
    start_on: datetime.date | None = None,
    late_until_on: datetime.date | None = None,
    catch_up: bool = True,
    reason: str = "",
    by: Actor,
    at: datetime.datetime,
) -> EnrolmentWindow:
    """A window of an office, in effect at once where it keeps within the document's season; else it waits for the
    plan's office, and says why. Raises BadWindow, WindowThere."""
    own = OwnWindow(opens_on, closes_on, start_on, late_until_on, catch_up)
    _refuse(unit, version, own)
    beyond = not is_within(document_of(version=version), own=own)
    if beyond and not reason.strip():
        raise BadWindow(
            "办理时间超出计划规定，应说明原因，由制定计划的机构批准；没有找到原因，请填写",
            "expected a reason for taking enrolments beyond the plan's own season, found none; write it for the plan's office",
        )
    window = EnrolmentWindow(
        unit=unit,
        version=version,
        start_on=start_on,
        opens_on=opens_on,
        closes_on=closes_on,
        late_until_on=late_until_on,
        catch_up=catch_up,
        beyond=beyond,
        reason=reason.strip()[:300],
        proposed_by=by.key,
        proposed_at=at,
    )
    try:
        with transaction.atomic():
            if beyond:
                window.save(force_insert=True)
                record(what="propose_window", row=window, by=by, at=at, plan=version.plan, unit=unit.pk)
            else:
                begin(window, WINDOW, "open_window", by=by, at=at, plan=version.plan, unit=unit.pk)
    except IntegrityError as error:
        raise WindowThere(
            "本机构在该计划该期应尚无办理时间；已有一条，请先撤销它",
            "expected no window of this office for this plan and term, found one; withdraw it first",
        ) from error
    window.refresh_from_db(fields=["number"])
    if beyond:
        _tell(window, version.office, [*APPROVE], "window_to_approve", by, at)
    return window


def _refuse(unit: Unit, version: PlanVersion, own: OwnWindow) -> None:
    """Raises BadWindow."""
    term = document_of(version=version).term
    if version.state != "published" or version.office_id not in chain_of(path=unit.path):
        raise BadWindow(
            "计划应已发布并面向本机构；现不是，请选择其他计划",
            "expected a plan that is published and offered to this office, found one that is not; choose another",
        )
    if (own.start_on is None) == (term.begins == "fixed"):
        raise BadWindow(
            "固定起始日的计划应选择保障期，其他计划不选；得到的相反，请改正",
            "expected a term for a plan with fixed first days and none for another, found it the other way; correct it",
        )
    last = own.late_until_on or own.closes_on
    wrong = own.closes_on < own.opens_on or (own.late_until_on is not None and own.late_until_on <= own.closes_on)
    if wrong or (own.start_on is not None and last >= add_years(own.start_on, term.years) - DAY):
        raise BadWindow(
            "首日、末日、补报截止日应依次在后，且都早于保障期结束；得到的不是，请改正",
            "expected the first day, the last and the one for newcomers after each other, all before the term ends; correct them",
        )


@transaction.atomic
def approve_window(*, window: EnrolmentWindow, by: Actor, at: datetime.datetime) -> EnrolmentWindow:
    """The plan's office lets a window go beyond the plan's season. Raises IllegalMove, OwnProposal."""
    _not_own(window, by)
    moved = make(window, WINDOW, "open_window", by=by, at=at)
    _tell(moved, moved.unit, [RoleName.ENROLMENT_CLERK], "window_approved", by, at)
    return moved


@transaction.atomic
def refuse_window(*, window: EnrolmentWindow, remark: str, by: Actor, at: datetime.datetime) -> EnrolmentWindow:
    """The plan's office does not. Raises IllegalMove, OwnProposal, Refused (without a reason)."""
    _not_own(window, by)
    if not remark.strip():
        raise Refused("应说明不批准的原因；没有找到，请填写", "expected a reason, found none; write why it is refused")
    moved = make(window, WINDOW, "refuse_window", by=by, at=at, also={"remark": remark.strip()[:300]})
    _tell(moved, moved.unit, [RoleName.ENROLMENT_CLERK], "window_refused", by, at)
    return moved


@transaction.atomic
def close_window(*, window: EnrolmentWindow, remark: str = "", by: Actor, at: datetime.datetime) -> EnrolmentWindow:
    """The office withdraws its window: from now on that of the office above counts, or the document. Raises IllegalMove."""
    return make(window, WINDOW, "close_window", by=by, at=at, also={"remark": remark.strip()[:300]})


def _not_own(window: EnrolmentWindow, by: Actor) -> None:
    """Raises OwnProposal."""
    if window.proposed_by == by.key:
        raise OwnProposal(
            "超出计划规定的办理时间应由另一人批准；得到提出人本人，请交由他人办理",
            "expected somebody other than the proposer to decide, found the proposer; leave it to another person",
        )


def _tell(
    window: EnrolmentWindow,
    unit: Unit,
    roles: list[RoleName],
    template: str,
    by: Actor,
    at: datetime.datetime,
) -> None:
    words = {
        "office": window.unit.name,
        "plan": window.version.name_zh,
        "from_on": window.opens_on,
        "to_on": window.late_until_on or window.closes_on,
    }
    link = f"/workbench/windows/{window.number}"
    notify_office(unit=unit, roles=roles, template=template, words=words, link=link, by=by, at=at)
