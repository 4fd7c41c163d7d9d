"""Claims of one member at once: real threads, real transactions. No limit is passed, nobody decides twice, nothing paid twice."""

from __future__ import annotations

import datetime
import hashlib
import threading
import time
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from mutualaid.claims.actions.filing import Payee, enter_claim, file_claim
from mutualaid.claims.actions.reviewing import approve_claim, set_aside
from mutualaid.claims.models import Claim, ReviewRule, Source
from mutualaid.claims.queries import stands, used_up
from mutualaid.claims.refusals import Refused
from mutualaid.claims.replay import Replayed, replayed
from mutualaid.core.moves import IllegalMove
from mutualaid.payouts.models import PaymentOrder
from mutualaid.people.models import Member
from mutualaid.plans.models import PlanVersion
from tests.claims import scene as scenes
from tests.claims.drafts import BILL, FACTS, complete, paid_to, told
from tests.claims.scene import Scene, actor, published, stay
from tests.people.cast import AT, BY
from tests.people.cast import member as new_member
from tests.racing import MOST, together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PAIRS = 50
COMBINATION = """
plan: hai-both
family: hai-both
status: published
name: {zh: 综合互助, en: Both together}
organiser: {zh: 海市总工会（虚构）, en: Federation of an invented city}
source: S1
sources:
  S1: {title: {zh: 示例办法（虚构）, en: Invented rules}}
price:
  - {fee: 0, clause: 第一条}
term: {years: 1, begins: fixed, on: "04-01", first_on: 2025-04-01, clause: 第二条}
units: {most: 1, clause: 第二条}
shared_caps:
  - {name: {zh: 两项合计, en: both together}, amount: 1000, per: period, clause: 第九条}
combines: [hai-a, hai-b]
"""


def _persons(scene: Scene, count: int) -> list[Member]:
    """Members of the mill, each covered by the plan."""
    made = []
    for order in range(100, 100 + 2 * count, 2):
        one = new_member(scene.cast.mill, order, "林晓禾")
        scene.cover(one, scene.cast.mill)
        made.append(one)
    return made


def _enter(member: Member, facts: dict[str, Any], at: datetime.datetime) -> Claim:
    return enter_claim(
        member=member,
        facts=facts,
        payee=Payee("林晓禾", "6222020000001234567", "海市银行"),
        source=Source.API,
        by=BY,
        at=at,
    )


def _paid_by(member: Member) -> Decimal:
    totals = [stands(claim=claim) for claim in Claim.objects.filter(member=member, counts=True)]
    return sum((one.total for one in totals if one), Decimal(0))


def _agrees() -> None:
    found = [Replayed(), *replayed()][-1]
    assert found.differences == []


def test_pairs_of_claims_at_once_against_one_cap() -> None:
    scene = scenes.made()
    for member in _persons(scene, PAIRS):
        at = scene.now()
        raised = together(*(partial(_enter, member, stay(1200), at) for _ in range(2)))
        assert raised == [None, None]
        assert _paid_by(member) == Decimal(1000)
        assert used_up(member_id=member.pk)["hai-1", "inpatient.paid", "period:2025-04-01"] == 100_000
        moments = list(Claim.objects.filter(member=member).values_list("completed_at", flat=True))
        assert len(set(moments)) == 2
    _agrees()


def test_pairs_of_approving_and_refusing_at_once() -> None:
    """Of one claim: one wins. Of two claims, the earlier refused while the later is approved: never past the cap."""
    scene = scenes.made()
    for member in _persons(scene, PAIRS):
        first, second = (_enter(member, stay(1200), scene.now()) for _ in range(2))
        at = scene.now()
        raised = together(
            partial(set_aside, claim=first, reason="other", text="不符", by=actor(scene.senior), at=at),
            partial(approve_claim, claim=first, seen=1, by=actor(scene.first), at=at),
            partial(approve_claim, claim=second, seen=1, by=actor(scene.first), at=at),
        )
        assert sum(one is None for one in raised[:2]) == 1
        assert all(one is None or isinstance(one, (Refused, IllegalMove)) for one in raised)
        assert PaymentOrder.objects.filter(reference=first.number).count() == (1 if raised[1] is None else 0)
        assert PaymentOrder.objects.filter(reference=second.number).count() == (1 if raised[2] is None else 0)
        ordered = sum(
            (one.amount for one in PaymentOrder.objects.filter(reference__in=[first.number, second.number])),
            Decimal(0),
        )
        assert ordered <= Decimal(1000)
    _agrees()


def test_pairs_in_two_plans_that_share_a_cap() -> None:
    scene = scenes.made()
    for name in ("hai-a", "hai-b"):
        published(scene.cast.province, name, cap=5000)
    both = published_combination(scene)
    for order in range(400, 400 + 2 * PAIRS, 2):
        member = new_member(scene.cast.mill, order, "林晓禾")
        scene.cover(member, scene.cast.mill, both)
        at = scene.now()
        raised = together(*(partial(_enter, member, stay(1500), at) for _ in range(2)))
        assert raised == [None, None]
        assert _paid_by(member) == Decimal(1000)
    _agrees()


def published_combination(scene: Scene) -> PlanVersion:
    """Both plans in one, with a cap over both."""
    text = COMBINATION
    return PlanVersion.objects.create(
        office=scene.cast.province,
        plan="hai-both",
        family="hai-both",
        name_zh="综合互助",
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        state="published",
        drafted_at=AT,
        published_at=AT,
        offered_from_on=AT.date(),
    )


def test_many_approvals_of_one_claim_pay_once() -> None:
    scene = scenes.made()
    claim = scene.enter(1200)
    raised = together(*[partial(approve_claim, claim=claim, seen=1, by=actor(scene.first), at=scene.now())] * 10)
    assert sum(one is None for one in raised) == 1
    assert PaymentOrder.objects.filter(reference=claim.number).count() == 1


def test_what_is_filed_is_what_was_written_while_filing_waited() -> None:
    """The member corrects amount and card on one device while another one files: neither the old amount nor the old card."""
    scene = scenes.made()
    ReviewRule.objects.create(office=scene.cast.city, first_review=False)
    claim, other = complete(scene), "6217000012340010"
    amounts = {**FACTS["amounts"], "fund_paid": "6800.00", "self_paid": "600.00"}
    held = threading.Event()

    def correct() -> None:
        with transaction.atomic():
            told(scene, claim, {**FACTS, "amounts": amounts}, BILL)
            paid_to(scene, claim, card=other)
            held.set()
            _until_somebody_waits()

    def file() -> None:
        held.wait(MOST)
        file_claim(claim=claim, by=BY, at=scene.now())

    assert together(correct, file) == [None, None]
    order = PaymentOrder.objects.get(reference=claim.number)
    assert (order.amount, order.account_number) == (Decimal(400), other)


def _until_somebody_waits() -> None:
    for _ in range(10 * MOST):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.1)
    raise AssertionError("expected filing to wait for the claim, nobody waits")
