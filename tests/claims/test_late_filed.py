"""An earlier stay that is filed late: where the plan says nothing the order of filing stands; where it reopens, undecided claims
are computed anew at once and decided ones put in order by a person, together: never past a cap, never paid twice, and replayed
without a difference after anything that can happen."""

from __future__ import annotations

import datetime
import json
import random
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.claims.actions.objections import close_review_task, reopen
from mutualaid.claims.actions.reviewing import correct_facts, refuse_claim, return_for_papers, set_aside, withdraw_claim
from mutualaid.claims.history import Told, read
from mutualaid.claims.letters import decided_of, letter_facts, letter_pdf
from mutualaid.claims.models import Claim, ClaimNote, ReviewRule, ReviewTask, SetOff
from mutualaid.claims.ordering import Event, disputed_by, in_order, wanted_order_of
from mutualaid.claims.queries import facts_of, stands, used_up
from mutualaid.claims.refusals import NotYours, Refused
from mutualaid.claims.replay import Replayed, replayed
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.payouts.actions.batches import make_batch
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.models import Member, RoleName
from mutualaid.plans.models import PlanVersion
from tests.claims.scene import Scene, actor, published
from tests.claims.test_letters_and_money import paid, said
from tests.claims.test_replay import same_by_the_command
from tests.people.cast import staff

pytestmark = pytest.mark.django_db
SAYS = "late_filed: {earlier_stay: reopens, clause: 第五条}"
APRIL, MAY, JUNE = (datetime.date(2025, month, 10) for month in (4, 5, 6))


def _covered(scene: Scene, plan: str = "hai-r", more: str = SAYS, **told: Any) -> PlanVersion:
    """The member who has no other cover is covered by a plan that reopens."""
    version = published(scene.cast.province, plan, more=more, **told)
    scene.cover(scene.cast.wei, scene.cast.yard, version)
    return version


def _enter(scene: Scene, day: datetime.date, amount: int = 1200, member: Member | None = None) -> Claim:
    end = day + datetime.timedelta(days=2)
    member = member or scene.cast.wei
    return scene.enter(amount, member=member, started_on=day.isoformat(), ended_on=end.isoformat())


def _total(claim: Claim) -> Decimal:
    found = stands(claim=claim)
    assert found is not None
    return found.total


def _order(member: Member) -> list[str]:
    return [one.number for one in read(member=member).events]


def _task(claim: Claim) -> ReviewTask:
    return ReviewTask.objects.get(claim=claim, kind="reordered", state="open")


def _close(scene: Scene, claim: Claim, **told: Any) -> ReviewTask:
    by = actor(told.pop("who", scene.senior))
    return close_review_task(task=_task(claim), facts=told.get("facts"), answer="按规则调整先后", by=by, at=scene.now())


def _left(scene: Scene) -> None:
    """What is ordered is on its way to the bank."""
    make_batch(fund=scene.fund, by=actor(scene.finance), at=scene.now())


def _ordered(member: Member) -> Decimal:
    """Yuan that are or will be paid."""
    rows = PaymentOrder.objects.filter(member=member, replacement=None).exclude(state="stopped")
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def _replay() -> Replayed:
    return [Replayed(), *replayed()][-1]


# --- the order ---------------------------------------------------------------------------------------------------------


def test_a_plan_that_says_nothing_reopens_nothing(scene: Scene) -> None:
    may = _enter(scene, MAY, member=scene.lin)
    april = _enter(scene, APRIL, member=scene.lin)
    assert (_total(may), _total(april)) == (Decimal(880), Decimal(120))
    assert _order(scene.lin) == [may.number, april.number]


def test_undecided_later_claims_are_computed_anew_at_once(scene: Scene) -> None:
    _covered(scene)
    june, may = _enter(scene, JUNE, 500), _enter(scene, MAY)
    april = _enter(scene, APRIL)
    assert [_total(one) for one in (april, may, june)] == [Decimal(880), Decimal(120), Decimal(0)]
    assert _order(scene.cast.wei) == [april.number, may.number, june.number]
    assert not ReviewTask.objects.exists()
    assert _replay().differences == []


def test_a_decided_claim_whose_figures_stay_is_passed_at_once(scene: Scene) -> None:
    _covered(scene, per="stay")
    may, june = scene.approve(_enter(scene, MAY)), _enter(scene, JUNE)
    april = _enter(scene, APRIL)
    assert _order(scene.cast.wei) == [april.number, may.number, june.number]
    assert [_total(one) for one in (april, may, june)] == [Decimal(880)] * 3
    assert not ReviewTask.objects.exists()
    assert _replay().differences == []


def test_decided_claims_are_put_in_order_by_a_person(scene: Scene) -> None:
    _covered(scene)
    may = scene.approve(_enter(scene, MAY))
    _left(scene)
    april = _enter(scene, APRIL)
    assert (april.state, _total(may), _total(april)) == ("first_review", Decimal(880), Decimal(120))
    assert _task(april).expected_amount == Decimal(880)
    assert f"{may.number} 由 880.00 元变为 120.00 元" in _task(april).text
    with pytest.raises(Refused, match=april.number):
        _close(scene, april)  # it is to be decided first
    scene.approve(april)
    assert _replay().differences == []
    assert _close(scene, april).changed
    assert (_total(may), _total(april)) == (Decimal(120), Decimal(880))
    assert _order(scene.cast.wei) == [april.number, may.number]
    assert _ordered(scene.cast.wei) == Decimal(1000)
    assert [(one.claim_id, one.amount) for one in SetOff.objects.order_by("id")] == [
        (may.pk, Decimal(-760)),
        (april.pk, Decimal(760)),
    ]
    found = _replay()
    assert (found.differences, found.awaiting) == ([], [])
    assert used_up(member_id=scene.cast.wei.pk)["hai-r", "inpatient.paid", "period:2025-04-01"] == 100_000


def test_letters_say_what_counts_for_which_claim(scene: Scene) -> None:
    _covered(scene)
    may = scene.approve(_enter(scene, MAY))
    paid(scene, may)
    april = scene.approve(_enter(scene, APRIL))
    _close(scene, april)
    assert said(may).endswith(
        "原决定为 880.00 元。本决定作出时，已支付 880.00 元。"
        f"为本申请已支付或已安排的款项中，760.00 元改计入申请 {april.number}。不再另行支付。"
    )
    assert said(april).endswith(
        "原决定为 120.00 元。此前已安排、尚未到账的 120.00 元照常支付。"
        f"为申请 {may.number} 已支付或已安排的款项中，760.00 元计入本申请，不重复支付。不再另行支付。"
    )
    for claim, other in ((may, april), (april, may)):
        found = stands(claim=claim)
        assert found is not None
        row = Claim.objects.select_related("member", "employer__unit", "office").get(pk=claim.pk)
        (_, told) = letter_facts(decided=decided_of(claim=row, number=found.round), lang="en")["decided"]
        assert f"claim {other.number}" in told
        assert not re.search("[一-鿿]", told)
        how = letter_facts(decided=decided_of(claim=row, number=found.round), lang="zh")["sections"][-1]
        assert "重新计算" in how["parts"][0]["lines"][0]
        assert letter_pdf(claim=row, number=found.round, lang="zh").startswith(b"%PDF")


def test_a_letter_tells_what_was_set_off_by_then(scene: Scene) -> None:
    """What is set off later belongs to the letter on the later decision."""
    _covered(scene)
    june = scene.approve(_enter(scene, JUNE, 3000))
    paid(scene, june)
    april = _enter(scene, APRIL, 3000)
    first = stands(claim=april)
    assert first is not None
    refuse_claim(claim=april, seen=first.round, by=actor(scene.first), at=scene.now())
    _close(scene, april)
    assert "本申请已支付或已安排的款项中，1,000.00 元改计入" in said(june)
    text = said(april)
    assert text.startswith("应付互助金合计 1,000.00 元")
    assert "1,000.00 元计入本申请，不重复支付。不再另行支付。" in text
    assert "尚未支付" not in text
    earlier = stands(claim=june)
    assert earlier is not None
    row = Claim.objects.select_related("member", "employer__unit", "office").get(pk=june.pk)
    old = letter_facts(decided=decided_of(claim=row, number=earlier.round - 1), lang="zh")["decided"]
    assert "改计入" not in " ".join(old)


def test_what_has_not_left_is_ordered_anew(scene: Scene) -> None:
    _covered(scene)
    may = scene.approve(_enter(scene, MAY))
    april = scene.approve(_enter(scene, APRIL))
    _close(scene, april)
    assert not SetOff.objects.exists()
    orders = PaymentOrder.objects.exclude(state="stopped").order_by("reference", "id")
    assert sorted((one.reference, one.amount) for one in orders) == [
        (may.number, Decimal(120)),
        (april.number, Decimal(120)),
        (april.number, Decimal(760)),
    ]


def test_a_refused_claim_is_approved_by_what_counts_for_it(scene: Scene) -> None:
    _covered(scene)
    june = scene.approve(_enter(scene, JUNE, 3000))
    _left(scene)
    april = _enter(scene, APRIL, 3000)
    found = stands(claim=april)
    assert found is not None
    refuse_claim(claim=april, seen=found.round, by=actor(scene.first), at=scene.now())
    _close(scene, april)
    april.refresh_from_db()
    assert (april.state, _total(april), _total(june)) == ("approved", Decimal(1000), Decimal(0))
    assert _ordered(scene.cast.wei) == Decimal(1000)
    # Looked at again, it is not paid what was paid already.
    task = ReviewTask.objects.create(claim=april, kind="objection", text="请复核", opened_at=scene.now(), due_on=JUNE)
    another = actor(staff("复核另一人", scene.cast.province, RoleName.SENIOR_REVIEWER))
    close_review_task(task=task, facts=facts_of(claim=april), answer="已核", by=another, at=scene.now())
    assert _ordered(scene.cast.wei) == Decimal(1000)


def test_where_plans_disagree_filing_stands_and_a_person_looks(scene: Scene) -> None:
    ReviewRule.objects.create(office=scene.cast.province, first_review=False)
    _covered(scene)
    scene.cover(scene.cast.wei, scene.cast.yard)
    may = _enter(scene, MAY, 500)
    april = _enter(scene, APRIL, 500)
    assert (may.state, april.state) == ("approved", "first_review")
    assert _order(scene.cast.wei) == [may.number, april.number]
    assert may.number in ClaimNote.objects.get(claim=april).text
    assert not ReviewTask.objects.exists()


def test_nobody_is_paid_by_the_rules_alone_while_a_person_has_to_look(scene: Scene) -> None:
    ReviewRule.objects.create(office=scene.cast.province, first_review=False)
    _covered(scene)
    may, april = _enter(scene, MAY, 500), _enter(scene, APRIL, 500)
    assert (may.state, april.state) == ("approved", "first_review")
    assert _enter(scene, JUNE, 300).state == "approved"


def test_two_persons_where_more_is_paid_from_an_amount_on(scene: Scene) -> None:
    _covered(scene, cap=9_000)
    may = scene.approve(_enter(scene, MAY, 5_000))
    april = scene.approve(_enter(scene, APRIL, 30_000))
    ReviewRule.objects.create(office=scene.cast.province, amount_from=9_000, final_review=True)
    assert _close(scene, april, who=scene.first).state == "open"
    assert _close(scene, april, who=scene.first).state == "open"  # the same person again
    assert _close(scene, april).changed
    assert _total(may) + _total(april) == Decimal(9_000)


def test_a_claim_of_another_office_is_put_in_order_by_the_one_above(scene: Scene) -> None:
    _covered(scene)
    may = scene.approve(_enter(scene, MAY))
    april = scene.approve(_enter(scene, APRIL))
    Claim.objects.filter(pk=may.pk).update(unit_path=scene.cast.outsider.unit.path)
    with pytest.raises((NotYours, Refused)):
        _close(scene, april, who=scene.first)


def test_facts_are_corrected_elsewhere_and_what_is_in_order_stays(scene: Scene) -> None:
    _covered(scene)
    may = scene.approve(_enter(scene, MAY))
    april = scene.approve(_enter(scene, APRIL))
    with pytest.raises(Refused):
        _close(scene, april, facts=facts_of(claim=april))
    ReviewTask.objects.create(claim=may, kind="reordered", text="同一事项", opened_at=scene.now(), due_on=JUNE)
    assert _close(scene, april).changed
    left = ReviewTask.objects.get(claim=may)
    assert (left.state, left.changed) == ("done", False)  # nothing is left to do


def test_a_claim_that_is_reopened_takes_its_place(scene: Scene) -> None:
    _covered(scene)
    april = _enter(scene, APRIL)
    set_aside(claim=april, reason="other", text="核实不符", by=actor(scene.first), at=scene.now())
    may = _enter(scene, MAY)
    april.refresh_from_db()
    task = ReviewTask.objects.create(claim=april, kind="objection", text="请复核", opened_at=scene.now(), due_on=JUNE)
    reopen(claim=april, task=task, answer="重新受理", by=actor(scene.senior), at=scene.now())
    assert _order(scene.cast.wei) == [april.number, may.number]
    assert (_total(april), _total(may)) == (Decimal(880), Decimal(120))
    assert _replay().differences == []


def test_what_was_set_off_is_sealed_to_the_employer(scene: Scene) -> None:
    _covered(scene)
    scene.approve(_enter(scene, MAY))
    _left(scene)
    _close(scene, scene.approve(_enter(scene, APRIL)))

    def seen(*branches: str, member: int | None = None) -> int:
        with within(branches, member=member):
            return SetOff.objects.count()

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mutualaid_app")
    assert seen(scene.cast.yard.unit.path) == 0
    assert seen(scene.cast.province.path) == 2
    assert seen(member=scene.cast.wei.pk) == 2
    assert seen(member=scene.lin.pk) == 0


# --- the rule by itself ------------------------------------------------------------------------------------------------

_EVENTS = st.lists(
    st.tuples(st.integers(1, 9), st.dictionaries(st.sampled_from("abc"), st.booleans(), max_size=2)), max_size=9
)


def _events(rows: list[tuple[int, dict[str, bool]]]) -> list[Event]:
    return [Event(Told(key, f"L{key}", "{}"), f"2025-01-{day:02}", says) for key, (day, says) in enumerate(rows)]


@given(_EVENTS)
def test_doing_it_again_changes_nothing(rows: list[tuple[int, dict[str, bool]]]) -> None:
    once = in_order(events=_events(rows))
    assert in_order(events=once) == once
    assert sorted(one.told.claim for one in once) == list(range(len(rows)))


@given(_EVENTS)
def test_only_what_all_plans_reopen_is_passed_by_what_began_before(rows: list[tuple[int, dict[str, bool]]]) -> None:
    filed = _events(rows)
    ordered = in_order(events=filed)
    for i, one in enumerate(ordered):
        for other in ordered[i + 1 :]:
            shared = one.touches.keys() & other.touches.keys()
            if shared and one.told.claim > other.told.claim:
                assert one.began < other.began
                assert all(one.touches[family] and other.touches[family] for family in shared)


@given(_EVENTS)
def test_where_all_reopen_stays_count_as_they_began(rows: list[tuple[int, dict[str, bool]]]) -> None:
    filed = _events([(day, {"a": True}) for day, _ in rows])
    assert in_order(events=filed) == sorted(filed, key=lambda one: (one.began, one.told.claim))
    assert in_order(events=filed, still=[one.told.claim for one in filed]) == filed
    assert not filed or disputed_by(events=filed) is None


# --- anything that can happen ------------------------------------------------------------------------------------------


def _something(scene: Scene, luck: random.Random, corrects: bool) -> None:
    """One thing that can happen, to a claim of any state; what cannot be done is refused and changes nothing. ``corrects``: facts
    too, by which an earlier claim may come to more after a later one was paid, which is noted until a person has looked."""
    claims = list(Claim.objects.order_by("id"))
    if not claims or luck.random() < 0.4:
        day = datetime.date(2025, 4, 5) + datetime.timedelta(days=luck.randrange(100))
        _enter(scene, day, luck.choice([90, 300, 1200, 2500]), luck.choice([scene.lin, scene.cast.wei]))
        return
    claim = luck.choice(claims)
    found = stands(claim=claim)
    seen, by = found.round if found else 0, actor(luck.choice([scene.first, scene.senior]))
    amounts = {"self_paid": "700.00", "out_of_scope": "0.00"}
    deeds: list[Any] = [
        lambda: scene.approve(claim),
        lambda: scene.approve(claim),
        lambda: refuse_claim(claim=claim, seen=seen, by=by, at=scene.now()),
        lambda: return_for_papers(
            claim=claim, words=["settlement"], text="", contact=scene.first, by=by, at=scene.now()
        ),
        lambda: withdraw_claim(claim=claim, by=by, at=scene.now()),
        lambda: _left(scene),
        lambda: _close(scene, luck.choice(list(ReviewTask.objects.filter(state="open", kind="reordered"))).claim),
    ]
    if corrects:
        facts = {**facts_of(claim=claim), "amounts": amounts}
        deeds.append(lambda: correct_facts(claim=claim, facts=facts, reason="按结算单", by=by, at=scene.now()))
    try:
        luck.choice(deeds)()
    except (Refused, IllegalMove, IndexError):
        return


def _kept_within(scene: Scene) -> None:
    for member, plans in ((scene.lin, 2), (scene.cast.wei, 2)):
        for (_, counter, _), quantity in used_up(member_id=member.pk).items():
            if counter == "inpatient.paid":
                assert quantity <= 100_000
        assert _ordered(member) <= 1000 * plans


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_after_anything_nothing_differs_and_no_cap_is_passed(scene: Scene, seed: int, tmp_path: Path) -> None:
    luck, corrects = random.Random(seed), seed > 3
    reopening = _covered(scene)
    scene.cover(scene.cast.wei, scene.cast.yard, published(scene.cast.province, "hai-r2", cap=700, more=SAYS))
    if seed % 2:
        scene.cover(scene.lin, scene.cast.mill, reopening)  # beside one that says nothing
    for _ in range(60):
        _something(scene, luck, corrects)
        assert _replay().differences == []
        if not corrects:
            _kept_within(scene)
    for claim in Claim.objects.filter(state="first_review").order_by("place"):
        found = stands(claim=claim)
        assert found is not None
        act = scene.approve if found.total else None
        if act is not None:
            act(claim)
        else:
            refuse_claim(claim=claim, seen=found.round, by=actor(scene.first), at=scene.now())
    for task in ReviewTask.objects.filter(state="open").order_by("kind", "id"):
        if ReviewTask.objects.get(pk=task.pk).state == "done":
            continue  # closing another left nothing to do
        close_review_task(task=task, facts=None, answer="按规则重算", by=actor(scene.senior), at=scene.now())
    if not corrects:
        _kept_within(scene)
    assert wanted_order_of(member=scene.cast.wei) is None
    began = [json.loads(one.facts)["started_on"] for one in read(member=scene.cast.wei).events]
    assert began == sorted(began)
    found_now = _replay()
    assert (found_now.differences, found_now.awaiting) == ([], [])
    same_by_the_command(tmp_path)
