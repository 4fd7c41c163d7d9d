"""What claims keep of a double becomes the member's: rows that may change are changed, tables that only grow get
further rows. A part of ``merging``, under its locks."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence

from mutualaid.claims.assessing import latest, open_task, write_places
from mutualaid.claims.doubling import in_one_order
from mutualaid.claims.history import Told
from mutualaid.claims.models import CallNote, Claim, Consumption, Opening, ReviewTask, Step, TaskKind
from mutualaid.claims.recurring import same_event
from mutualaid.claims.states import DECIDED
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, record_all
from mutualaid.people.models import Member


def hand_over_claims(*, kept: Member, claims: Sequence[int], by: Actor, at: datetime.datetime) -> int:
    """Claims of the double, by their keys, in whatever state; how many. Those of both take places in one order."""
    rows = list(Claim.objects.filter(pk__in=claims).order_by("place", "number"))
    own = list(Claim.objects.filter(member=kept, place__isnull=False).order_by("place"))
    theirs = [one for one in rows if one.place is not None]
    order = in_one_order(own, theirs)
    last = max((one.place or 0 for one in own), default=0)
    for claim in rows:
        claim.member = kept
        claim.place = None if claim.place is None else last + claim.place
        claim.save(update_fields=["member", "place"])
        record(what="hand_over_claim_to_member", row=claim, by=by, at=at, member=kept.pk)
    write_places(places={str(one.number): place for place, one in enumerate(order, 1)})
    return len(rows)


def carry_consumption(*, kept: Member, merged: Member, by: Actor, at: datetime.datetime) -> int:
    """What the double's claims hold of plans' limits is reversed there and written again for the member, as far as it
    had come; how many counters. What was reversed already is nobody's."""
    rows = list(Consumption.objects.filter(member=merged).order_by("id"))
    key = ("claim_id", "round", "family", "counter", "key")
    gone = {tuple(getattr(one, name) for name in key) for one in rows if one.step == Step.REVERSED}
    stay = [one for one in rows if tuple(getattr(one, name) for name in key) not in gone]

    def again(one: Consumption, member: Member, step: str) -> Consumption:
        told = {name: getattr(one, name) for name in key}
        return Consumption(member=member, step=step, quantity=one.quantity, at=at, **told)

    reserved = [one for one in stay if one.step == Step.RESERVED]
    Consumption.objects.bulk_create([again(one, merged, Step.REVERSED) for one in reserved])
    Consumption.objects.bulk_create([again(one, kept, one.step) for one in stay])
    if reserved:
        record(what="carry_consumption", row=kept, by=by, at=at, merged=merged.pk, counters=len(reserved))
    return len(reserved)


def carry_openings(*, kept: Member, merged: Member, by: Actor, at: datetime.datetime) -> int:
    """What the double had used up in another system is written again for the member; both add up. How many."""
    rows = Opening.objects.filter(member=merged).order_by("id")
    names = ("family", "counter", "key", "amount", "count", "last_on", "source")
    made = Opening.objects.bulk_create(
        Opening(member=kept, at=at, copied_from=one, **{name: getattr(one, name) for name in names}) for one in rows
    )
    return record_all(what="carry_opening", rows=((one, {"from": one.copied_from_id}) for one in made), by=by, at=at)


def carry_calls(*, kept: Member, merged: Member, by: Actor, at: datetime.datetime) -> int:
    """Notes of calls about the double are written again for the member, with their own moments; how many."""
    rows = CallNote.objects.filter(member=merged).order_by("id")
    names = ("claim_id", "caller", "subject", "text", "follow_up_on", "by_key", "by_name", "at")
    made = CallNote.objects.bulk_create(
        CallNote(member=kept, copied_from=one, **{name: getattr(one, name) for name in names}) for one in rows
    )
    return record_all(what="carry_call_note", rows=((one, {"from": one.copied_from_id}) for one in made), by=by, at=at)


def mark_twice(*, kept: Member, theirs: Collection[int], by: Actor, at: datetime.datetime) -> int:
    """An event that both records claimed: the later claim names the earlier one, and a person looks at it, decided or
    not. How many."""
    claims = list(Claim.objects.filter(member=kept, counts=True).select_related("particulars").order_by("place"))
    told = {one.pk: Told(one.pk, one.number, one.particulars.facts) for one in claims}
    count = 0
    for place, claim in enumerate(claims):
        others = [told[one.pk] for one in claims[:place] if (one.pk in theirs) != (claim.pk in theirs)]
        earlier = same_event(told=told[claim.pk], events=others)
        if earlier is None or claim.same_as_id is not None:
            continue
        claim.same_as_id = earlier
        claim.save(update_fields=["same_as"])
        number = told[earlier].number
        record(what="mark_same_event", row=claim, by=by, at=at, earlier=number)
        if claim.state in DECIDED:
            _look_again(claim, number, by, at)
        count += 1
    return count


def _look_again(claim: Claim, earlier: str, by: Actor, at: datetime.datetime) -> None:
    stands = latest(claim=claim)
    if stands is None:
        return
    known = ReviewTask.objects.filter(claim=claim, kind=TaskKind.RECALCULATED, state="open").first()
    text = (
        f"重复人员已合并，本申请与较早的 {earlier} 似为同一事件，请核对是否重复给付 · "
        f"two records of the person were merged: this seems to be the event of {earlier}; see whether it was paid twice"
    )
    expected = stands.total_amount
    if known is not None:
        text, expected = f"{known.text}\n{text}", known.expected_amount or expected
    open_task(claim=claim, kind=TaskKind.RECALCULATED, text=text, expected=expected, by=by, at=at)
