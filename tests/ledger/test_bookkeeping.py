"""The worked example of docs/rules/bookkeeping.md is true: its chart is ours, its entries are what the actions book."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from mutualaid.core.audit import NotInTransaction
from mutualaid.core.money import parse, shown
from mutualaid.ledger.actions import (
    AlreadyReversed,
    Share,
    post_bill,
    post_income,
    post_match,
    post_payment,
    post_refund,
    post_refund_payment,
    reverse,
)
from mutualaid.ledger.benefits import (
    BenefitShare,
    NotBooked,
    post_benefit,
    post_benefit_payment,
    post_benefit_return,
    undo_benefit,
)
from mutualaid.ledger.chart import CHART, Side
from mutualaid.ledger.lines import Period
from mutualaid.ledger.models import Book, Entry
from mutualaid.ledger.queries import fund_by_plan, trial_balance
from tests.ledger.books import AT, COVER, FINANCE, interest, new_book, post_lines

PAGE = (Path(__file__).parents[2] / "docs" / "rules" / "bookkeeping.md").read_text(encoding="utf-8")
SECTIONS = {section.partition("\n")[0]: section for section in re.split(r"^#{2,3} ", PAGE, flags=re.MULTILINE)[1:]}
WHO: dict[str, Any] = {"by": FINANCE, "at": AT}
SIDES = {Side.DEBIT: "借", Side.CREDIT: "贷"}


def rows_of(start: str) -> list[list[str]]:
    """The cells of a section's table, without its head."""
    (section,) = (text for heading, text in SECTIONS.items() if heading.startswith(start))
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def days_of(start: str) -> list[datetime.date]:
    """The days that a heading names."""
    (heading,) = (heading for heading in SECTIONS if heading.startswith(start))
    return [datetime.date.fromisoformat(day) for day in re.findall(r"\d{4}-\d\d-\d\d", heading)]


def booked(entry: Entry) -> list[list[str]]:
    """An entry as the page writes it."""
    rows = []
    for posting in entry.postings.select_related("account").order_by("id"):
        account, is_red = posting.account, entry.reverses_id is not None
        assert (account.period_from_on is not None) == ("period" in CHART[account.code].split_by)
        assert account.key.period in (None, COVER)
        side = "借" if (posting.amount > 0) != is_red else "贷"
        rows.append(
            [
                f"{side}（红字）" if is_red else side,
                str(account),
                " · ".join(filter(None, (account.plan, account.unit))),
                shown(-abs(posting.amount) if is_red else abs(posting.amount)),
            ]
        )
    return rows


def play(book: Book) -> dict[str, list[Entry]]:
    """The example, on the days of the page; entries by section."""
    one, two = Share("gx-1", COVER, "U1", Decimal(40 * 50)), Share("gx-2", COVER, "U1", Decimal(12 * 30))
    day = {number: days_of(f"{number}.")[0] for number in "1234567"}
    slip = post_lines(book, *interest("12.34"), on=day["7"])
    mended = days_of("7.")[2]
    day |= {number: days_of(f"{number}.")[0] for number in ("9", "10", "11", "12", "13", "14")}
    borne = [BenefitShare("gx-1", COVER, Decimal(820)), BenefitShare("gx-2", COVER, Decimal("360.30"))]
    order: dict[str, Any] = {"book": book, "subject": "payouts.paymentorder:1", "shares": borne}
    stopped: dict[str, Any] = {"book": book, "subject": "payouts.paymentorder:3"}
    undone = [BenefitShare("gx-1", COVER, Decimal(75))]
    refund: dict[str, Any] = {"book": book, "refund": "contributions.refund:1", "unit": "U1", "amount": Decimal(140)}
    paid: dict[str, Any] = {"book": book, "payment": "contributions.payment:1", "amount": Decimal(2500)}
    return {
        "1.": [post_bill(book=book, bill="contributions.bill:1", shares=[one, two], on=day["1"], **WHO)],
        "2.": [post_payment(**paid, matched=[one], on=day["2"], **WHO)],
        "3.": [post_match(book=book, match="contributions.match:1", shares=[two], on=day["3"], **WHO)],
        "4.": [post_income(book=book, bill="contributions.bill:1", shares=[one, two], on=day["4"], **WHO)],
        "5.": [post_refund(**refund, on=day["5"], **WHO)],
        "6.": [post_refund_payment(**refund, on=day["6"], **WHO)],
        "7.": [
            slip,
            reverse(entry=slip, on=days_of("7.")[1], text="利息记错", **WHO),
            post_lines(book, *interest("12.43"), on=mended),
        ],
        "9.": [post_benefit(**order, on=day["9"], **WHO)],
        "10.": [post_benefit_payment(**order, on=day["10"], **WHO)],
        "11.": [post_benefit_return(book=book, subject="payouts.paymentorder:1", on=day["11"], **WHO)],
        "12.": [post_benefit_payment(**{**order, "subject": "payouts.paymentorder:2"}, on=day["12"], **WHO)],
        "13.": [
            post_benefit(**stopped, shares=undone, on=day["13"], **WHO),
            undo_benefit(**stopped, on=days_of("13.")[1], **WHO),
        ],
    }


def test_the_chart_on_the_page_is_ours() -> None:
    assert rows_of("科目") == [
        [a.code, a.zh, a.en, a.kind.value, SIDES[a.normal_side], ", ".join(a.split_by) + (" or none" if a.or_whole else "")]
        for a in CHART.values()
    ]


@pytest.mark.django_db
def test_the_example_is_what_the_actions_book() -> None:
    played = play(new_book())
    for number, entries in played.items():
        assert [row for entry in entries for row in booked(entry)] == rows_of(number), f"section {number}"


@pytest.mark.django_db
def test_the_trial_balance_of_the_example() -> None:
    book = new_book()
    play(book)
    found = trial_balance(book=book, period=Period(*days_of("8.")))

    def closing(amount: Decimal) -> str:
        return f"{'借' if amount > 0 else '贷'} {shown(abs(amount))}" if amount else shown(amount)

    rows = [
        [
            f"{row.account.code} {row.account.zh}",
            *(shown(amount) for amount in (row.opening, row.debits, row.credits)),
            closing(row.closing),
        ]
        for row in found.rows
    ]
    totals = ["合计", shown(found.opening), shown(found.debits), shown(found.credits), shown(found.closing)]
    assert [*rows, totals] == rows_of("8.")
    assert sum(parse(row[2]) for row in rows) == parse(totals[2])


@pytest.mark.django_db
def test_the_fund_by_plan_of_the_example() -> None:
    book = new_book()
    play(book)
    found = fund_by_plan(book=book, on=days_of("14.")[0])
    assert {row.period for row in found} == {COVER}
    assert [
        [
            row.plan,
            *(shown(part) for part in (row.opening, row.income, row.approved, row.paid, row.payable, row.balance)),
        ]
        for row in found
    ] == rows_of("14.")
    (first, _) = fund_by_plan(book=book, on=days_of("11.")[0])  # came back, and not paid again yet
    assert (first.paid, first.payable) == (Decimal(0), Decimal(820))


@pytest.mark.django_db
def test_a_benefit_is_booked_and_paid_once() -> None:
    book, share = new_book(), [BenefitShare("gx-1", COVER, Decimal(5))]
    facts: dict[str, Any] = {"book": book, "subject": "payouts.paymentorder:1", "on": AT.date(), **WHO}
    with pytest.raises(NotBooked):
        undo_benefit(**facts)
    for booked_once in (post_benefit, post_benefit_payment):
        booked_once(**facts, shares=share)
        with pytest.raises(IntegrityError, match="ledger_event_once"), transaction.atomic():
            booked_once(**facts, shares=share)
    post_benefit_return(**facts)
    with pytest.raises(AlreadyReversed):
        post_benefit_return(**facts)


@pytest.mark.django_db(transaction=True)
def test_accounts_that_were_rolled_back_are_not_remembered() -> None:
    book, share = new_book(), [BenefitShare("gx-9", COVER, Decimal(5))]
    facts: dict[str, Any] = {"book": book, "shares": share, "on": AT.date(), **WHO}
    with transaction.atomic():
        post_benefit(**facts, subject="payouts.paymentorder:1")
        transaction.set_rollback(True)
    for number in (1, 2):
        with transaction.atomic():
            post_benefit(**facts, subject=f"payouts.paymentorder:{number}")
    with pytest.raises(NotInTransaction):
        post_benefit(**facts, subject="payouts.paymentorder:3")
    assert fund_by_plan(book=book, on=AT.date())[0].payable == Decimal(10)
