"""Claims take their places: a claim that is filed late, or whose first day is corrected, counts before those that its plans
reopen for it, and decided ones are put in order by a person, all in one go.

Figures, what limits are used up, and money change together: what was ordered for a claim that comes to less counts for one that
comes to more (``SetOff``), so that an order of claims never pays a limit twice.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence

from mutualaid.claims import telling
from mutualaid.claims.access import may_review
from mutualaid.claims.actions.desk import add_note
from mutualaid.claims.actions.settling import settle_together
from mutualaid.claims.assessing import (
    ask_for_letter,
    close_as_agreeing,
    close_by_itself,
    compute_later,
    keep,
    look_for_doubles,
    open_task,
    step,
    write_places,
)
from mutualaid.claims.history import Told, read
from mutualaid.claims.models import Claim, ReviewTask, Step, TaskKind
from mutualaid.claims.ordering import Change, Placing, Wanted, disputes, may_reopen, placed_anew, wanted_order_of
from mutualaid.claims.refusals import NotYours, Refused
from mutualaid.claims.states import DECIDED
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.money import shown
from mutualaid.people.models import Member

IN_ORDER = (
    "先后次序已与计划的规定一致，无须调整；系统办结 · "
    "claims stand in the order that the plans want: nothing is to be moved; closed by the system"
)
"""What is said of a task that a later correction made superfluous."""


def take_place(*, claim: Claim, member: Member, placing: Placing, by: Actor, at: datetime.datetime) -> None:
    """A claim that was just filed and computed takes its place, and what changes by it is computed anew or told to a person.
    Under the member's lock."""
    if placing.moves:
        first = _put([one.number for one in placing.events], claim=claim, by=by, at=at)
        claim.refresh_from_db(fields=["place"])
        compute_later(member=member, after=first - 1, by=by, at=at)
    if placing.awaits:
        wanted = wanted_order_of(member=member)
        if wanted is not None:
            text = _told_of(wanted.changes)
            expected = wanted.computed(claim=claim).total
            open_task(claim=claim, kind=TaskKind.REORDERED, text=text, expected=expected, by=by, at=at)
    if placing.disputed:
        _note_dispute(claim, placing.disputed, by, at)


def take_places_anew(
    *, member: Member, theirs: Collection[int], because: tuple[str, str], by: Actor, at: datetime.datetime
) -> None:
    """The histories of two records became one: the claims take the places that the plans want, all are computed anew, and where
    decided ones would change by their order a person is asked, as for a stay that is filed late. ``theirs``: keys of the claims
    of the other record. Under the member's lock."""
    known = read(member=member)
    placing = placed_anew(standing=known.standing, events=known.events)
    claims = Claim.objects.in_bulk([one.claim for one in placing.events])
    if placing.moves:
        _put(
            [one.number for one in placing.events],
            claim=claims[_first_to_pass(placing.events, known.events)],
            by=by,
            at=at,
        )
    compute_later(member=member, after=0, because=because, by=by, at=at)
    wanted = wanted_order_of(member=member) if placing.awaits else None
    if wanted is not None:
        claim = claims[_first_to_pass(wanted.events, placing.events)]
        text, expected = _told_of(wanted.changes), wanted.computed(claim=claim).total
        open_task(claim=claim, kind=TaskKind.REORDERED, text=text, expected=expected, by=by, at=at)
    for one, other in disputes(standing=known.standing, placing=placing):
        if (one.claim in theirs) != (other.claim in theirs):
            _note_dispute(claims[one.claim], other.number, by, at)


def _first_to_pass(wanted: Sequence[Told], held: Sequence[Told]) -> int:
    """The key of the first claim of an order that stands further back in another one."""
    places = {one.claim: place for place, one in enumerate(held)}
    return next(one.claim for place, one in enumerate(wanted) if places[one.claim] > place)


def _note_dispute(claim: Claim, other: str, by: Actor, at: datetime.datetime) -> None:
    text = (
        f"本次住院早于申请 {other}，但所涉计划对先后次序的规定不一致，按申请先后计算，请核对 · "
        f"this stay began before that of claim {other}; "
        "the plans disagree about their order, that of filing stands: look at it"
    )
    add_note(claim=claim, text=text, by=by, at=at)


def take_place_anew(*, claim: Claim, member: Member, by: Actor, at: datetime.datetime) -> None:
    """What a claim tells was corrected, and it was computed in its place: where plans reopen, the member's claims take other
    places as if it had been filed so, at once or by a person. It is looked again for events that were claimed twice, and claims
    in later places are computed anew. Under the member's lock. Raises FactsFaulty."""
    if claim.place is None:
        return
    first, known = claim.place, read(member=member)
    placing = None
    if may_reopen(standing=known.standing):
        placing = placed_anew(standing=known.standing, events=known.events)
        if placing.moves:
            first = min(first, _put([one.number for one in placing.events], claim=claim, by=by, at=at))
    look_for_doubles(member=member, since=first, by=by, at=at)
    compute_later(member=member, after=first - 1 if placing is not None and placing.moves else first, by=by, at=at)
    claim.refresh_from_db(fields=["place"])
    if placing is not None:
        _tell_anew(claim, member, by, at)


def _tell_anew(claim: Claim, member: Member, by: Actor, at: datetime.datetime) -> None:
    """Who has to put claims in order is told what each would come to now: by the tasks that are open, by one on the corrected
    claim where there is none. Tasks for which nothing is left to do are closed."""
    tasks = ReviewTask.objects.filter(claim__member=member, kind=TaskKind.REORDERED, state="open")
    waiting = list(tasks.select_related("claim").order_by("id"))
    wanted = wanted_order_of(member=member)
    if wanted is None:
        for task in waiting:
            close_by_itself(task=task, answer=IN_ORDER, at=at)
        return
    about = [task.claim for task in waiting if task.claim.counts] or [claim]
    text = _told_of(wanted.changes)
    for one in about:
        expected = wanted.computed(claim=one).total
        open_task(claim=one, kind=TaskKind.REORDERED, text=text, expected=expected, by=by, at=at)


def _told_of(changes: Sequence[Change]) -> str:
    """What each claim is and would be."""
    pairs = [(one.claim.number, shown(one.stands.total_amount), shown(one.found.total)) for one in changes]
    zh = "；".join(f"{number} 由 {before} 元变为 {after} 元" for number, before, after in pairs)
    en = "; ".join(f"{number} from {before} to {after} yuan" for number, before, after in pairs)
    return (
        f"较早的住院后来才申请，计划规定按住院先后计算：{zh} · "
        f"an earlier stay was filed late, and the plan counts stays in the order in which they began: {en}"
    )


def put_in_order(*, wanted: Wanted, claim: Claim, by: Actor, at: datetime.datetime) -> None:
    """All claims of a member take the places that the plans want; decided ones that come to something else are decided anew, and
    settled with each other. ``claim``: the one that was filed late. Under the member's lock. Raises Refused (one is not decided,
    or left to a person), NotYours (one lies in a branch where they do not review), NoPayee, NoFund."""
    changes = wanted.changes
    for change in changes:
        _ready(change, by, at)
    _put([one.number for one in wanted.events], claim=claim, by=by, at=at)
    for change in changes:
        step(claim=change.claim, number=change.stands.round, to=Step.REVERSED, at=at)
    for change in changes:
        made = keep(claim=change.claim, found=change.found, number=change.stands.round + 1, at=at)
        step(claim=change.claim, number=made.round, to=Step.FINAL, at=at)
        told = {"round": made.round, "total": str(made.total_amount), "sha256": made.sha256}
        before = str(change.stands.total_amount)
        record(what="decide_claim_anew", row=change.claim, by=by, at=at, before=before, **told)
    for change in changes:
        close_as_agreeing(claim=change.claim, at=at)
    settle_together(found=[(one.claim, one.stands.round + 1, one.found) for one in changes], by=by, at=at)
    for change in changes:
        ask_for_letter(claim=change.claim, number=change.stands.round + 1)
        if change.claim.pk != claim.pk:
            telling.reviewed(claim=change.claim, by=by, at=at)


def _ready(change: Change, by: Actor, at: datetime.datetime) -> None:
    """Money can be set off only between claims that are decided."""
    number = change.claim.number
    if change.claim.state not in DECIDED or change.found.refers or change.found.provisional:
        raise Refused(
            f"调整先后时，结果会变的申请应都已决定，且没有待人工确认的项目；{number} 还不是，请先办结该申请",
            f"expected all claims that change by the order to be decided, none left to a person; {number} is not: "
            "deal with it first",
        )
    if not may_review(actor=by, claim=change.claim, on=day_of(at)):
        raise NotYours(
            f"先后次序涉及另一机构的申请 {number}；请交由上级办事机构办理",
            f"the order concerns claim {number} of another office; leave it to the office above",
        )


def _put(numbers: Sequence[str], *, claim: Claim, by: Actor, at: datetime.datetime) -> int:
    """Claims that count take the places that they have among them, in another order; the first place that changed."""
    held = dict(Claim.objects.filter(member=claim.member_id, counts=True).values_list("number", "place"))
    places = dict(zip(numbers, sorted(place for place in held.values() if place is not None), strict=True))
    moved = {number: place for number, place in places.items() if held[number] != place}
    write_places(places=moved)
    record(what="put_claims_in_order", row=claim, by=by, at=at, places=moved)
    return min(moved.values())
