"""Sections 19 to 24 of docs/rules/bookkeeping.md are what the actions book."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mutualaid.contributions.actions.bank import match_line
from mutualaid.contributions.actions.bills import cancel_bill
from mutualaid.contributions.actions.credits import keep_credit, use_credit
from mutualaid.contributions.actions.refunds import confirm_refund_payment, enter_refund_payment, refund_money
from mutualaid.contributions.models import Refund
from mutualaid.core.money import shown
from mutualaid.ledger.models import Entry
from mutualaid.people.models import RoleName
from tests.contributions.scene import World
from tests.ledger.test_bookkeeping import rows_of
from tests.people.cast import AT, as_staff, staff


def booked(done: Callable[[], object], unit: str) -> list[list[str]]:
    """What something books, as the page writes it; the employer is called U there."""
    before = Entry.objects.count()
    done()
    rows = []
    for entry in list(Entry.objects.order_by("id"))[before:]:
        red = entry.reverses_id is not None
        for posting in entry.postings.select_related("account").order_by("id"):
            assert posting.account.unit in ("", unit)
            side = "借" if (posting.amount > 0) != red else "贷"
            amount = shown(-abs(posting.amount) if red else abs(posting.amount))
            rows.append([side + "（红字）" * red, str(posting.account), "U" if posting.account.unit else "", amount])
    return rows


def test_parts_too_much_and_what_is_kept_are_booked_as_the_page_says(world: World) -> None:
    first = world.bill()
    unit = first.employer.unit.code
    by: dict[str, Any] = {"by": world.by, "at": AT}
    line, more = world.line(20), world.line(60)
    assert booked(lambda: match_line(line=line, bills=[first], inexact=True, **by), unit) == rows_of("19.")
    assert booked(lambda: match_line(line=more, bills=[first], inexact=True, **by), unit) == rows_of("20.")
    payment = more.payment
    assert booked(lambda: keep_credit(payment=payment, like=first, **by), unit) == rows_of("21.")
    second = world.bill()
    assert booked(lambda: use_credit(credit=payment.credits.get(), **by), unit) == rows_of("22.")
    assert booked(lambda: cancel_bill(bill=second, reason="名单有误", **by), unit) == rows_of("23.")
    other = as_staff(staff("财务壬", world.cast.city, RoleName.FINANCE))

    def given_back() -> None:
        refund = refund_money(payment=payment, like=first, reason="多缴", **by)
        enter_refund_payment(refund=refund, paid_on=AT.date(), serial="OUT1", **by)
        confirm_refund_payment(refund=Refund.objects.get(), by=other, at=AT)

    assert booked(given_back, unit) == rows_of("24.")
    assert world.held() == 50
    assert world.waiting == 0
