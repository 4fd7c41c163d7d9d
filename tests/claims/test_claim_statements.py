"""How little PostgreSQL is asked for a claim, from entry to decision; and that what it is asked is prepared."""

from __future__ import annotations

from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from mutualaid.claims.actions.filing import Payee, enter_claim
from mutualaid.claims.assessing import Expense, lock_member
from mutualaid.claims.history import read
from mutualaid.claims.levels import levels_for
from mutualaid.claims.models import Claim, ExpenseLine, ReviewRule, Source
from mutualaid.ledger import accounts as ledger_accounts
from mutualaid.ledger.models import Entry
from mutualaid.people.models import Member
from tests.claims.scene import Scene, stay
from tests.people.cast import BY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = pytest.mark.django_db
BILL = [
    Expense("床位费", Decimal("300.00")),
    Expense("检查费", Decimal("700.00"), Decimal("0.00")),
    Expense("西药费", Decimal("900.50"), Decimal("12.30")),
    Expense("治疗费", Decimal("300.00")),
]
MOST = 25
"""The goal; and what is more here: one that tells the former bounds again."""


@contextmanager
def _told() -> Iterator[list[str]]:
    """All that is sent meanwhile. Prepared statements do not stand in Django's own list."""
    found: list[str] = []

    def noting(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        found.append(str(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noting):
        yield found


def _enter(scene: Scene, expenses: Sequence[Expense] = ()) -> Claim:
    payee = Payee("林晓禾", "6222020000001234567", "海市银行")
    return enter_claim(
        member=scene.lin, facts=stay(1200), expenses=expenses, payee=payee, source=Source.API, by=BY, at=scene.now()
    )


def test_few_statements_from_entry_to_the_decision_of_the_engine(scene: Scene) -> None:
    _enter(scene, BILL)
    with _told() as told:
        claim = _enter(scene, BILL)
    assert claim.state == "first_review"
    # In the transaction of the test: a savepoint in the place of BEGIN and COMMIT, and one that tells the former bounds again.
    assert len(told) <= 13, "\n".join(one[:120] for one in told)


def test_few_statements_to_the_payment_order(scene: Scene) -> None:
    """Approved by the engine alone: ordered to be paid, booked, told, the letter asked for."""
    ReviewRule.objects.create(office=scene.cast.city, first_review=False)
    _enter(scene, BILL)
    posted = Entry.objects.latest("id").postings.select_related("account")
    ledger_accounts._remember(
        scene.fund.book_id, {row.account.key: row.account_id for row in posted}
    )  # as a commit does
    with _told() as told:
        claim = _enter(scene, BILL)
    ledger_accounts._known.clear()
    assert claim.state == "approved"
    assert len(told) <= MOST, "\n".join(one[:120] for one in told)


def test_its_statements_are_prepared(scene: Scene) -> None:
    for _ in range(4):
        _enter(scene, BILL)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        found = " ".join(row[0] for row in cursor.fetchall())
    for table in ("claims_claim", "claims_particulars", "claims_expenseline", "claims_assessment", "core_auditentry"):
        assert table in found


def test_the_bill_is_kept_line_by_line(scene: Scene) -> None:
    claim = _enter(scene, BILL)
    rows = ExpenseLine.objects.filter(claim=claim).order_by("line")
    assert [(row.line, row.item, row.amount, row.out_of_scope_amount) for row in rows] == [
        (line, one.item, one.amount, one.out_of_scope) for line, one in enumerate(BILL, start=1)
    ]
    assert not ExpenseLine.objects.filter(claim=_enter(scene)).exists()


def test_the_locked_member_is_the_member(scene: Scene) -> None:
    known = Member.objects.get(pk=scene.lin.pk)
    found = lock_member(member_id=known.pk, numbering=True)
    for name in ("pk", "number", "birth_date", "sex", "account_id", "phone", "name"):
        assert getattr(found, name) == getattr(known, name), name
    number = found.next_claim  # type: ignore[attr-defined]
    assert number.startswith("L")
    assert len(number) == 9
    assert not hasattr(lock_member(member_id=known.pk), "next_claim")
    with pytest.raises(Member.DoesNotExist):
        lock_member(member_id=0)


def test_rules_read_with_the_history_are_those_of_the_offices_above(scene: Scene) -> None:
    """The same levels whether the rules came with the history or are asked for."""
    city, path = scene.cast.city, Claim.objects.get(pk=_enter(scene).pk).unit_path
    ReviewRule.objects.create(office=city, amount_from=500, final_review=True, elsewhere=True, days=3)
    ReviewRule.objects.create(office=city, family="other", confirmed_by_employer=True, days=9)
    ReviewRule.objects.create(office=city, days=7)
    known = read(member=scene.lin).rules
    assert len(known) == 3
    for families in ({"other"}, {"haigong"}, {"other", "haigong"}, set[str]()):
        for amount in (Decimal(0), Decimal("499.99"), Decimal(500)):
            asked = {"path": path, "families": families, "amount": amount, "seen_by_a_person": False}
            assert levels_for(**asked, known=known) == levels_for(**asked)  # type: ignore[arg-type]
    stranger = Member(pk=0, number="M0", birth_date=scene.lin.birth_date, sex="F")
    assert read(member=stranger).rules == ()
    assert len(read(member=stranger, path=path).rules) == 3
