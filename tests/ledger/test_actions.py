"""Posting and reversing: what is booked, what is refused, what the audit trail says, and that a source is booked once."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from mutualaid.core.models import AuditEntry
from mutualaid.ledger.actions import (
    AlreadyReversed,
    BookExists,
    MatchedTooMuch,
    NotReversible,
    PostedOtherwise,
    Share,
    Source,
    open_book,
    post,
    post_payment,
    reverse,
)
from mutualaid.ledger.chart import BANK, CHART, CONTRIBUTIONS, INTEREST, UNEARNED, UNMATCHED, Kind, Side
from mutualaid.ledger.lines import (
    AccountKey,
    LedgerError,
    Line,
    Period,
    Unbalanced,
    UnknownAccount,
    WrongAmount,
    WrongPeriod,
    WrongSplit,
    check,
    credit,
    debit,
    key,
)
from mutualaid.ledger.models import Entry, LedgerAccount, Posting
from tests.ledger.books import AT, COVER, DAY, FINANCE, check_now, interest, money_in, new_book, post_lines

LATER = DAY + datetime.timedelta(days=9)


def lines_of(entry: Entry) -> list[tuple[str, Decimal]]:
    """Codes and amounts as they were written."""
    return list(entry.postings.order_by("id").values_list("account__code", "amount"))


# --- the chart and the lines ------------------------------------------------------------------------------------------


def test_the_chart_has_no_account_for_running_costs() -> None:
    assert [account.code for account in CHART.values() if account.kind is Kind.EXPENSE] == ["5101.01"]
    assert not any("管理费用" in account.zh for account in CHART.values())
    assert list(CHART) == sorted(CHART)


def test_assets_and_expenses_grow_in_debit() -> None:
    grows = {account.kind: account.normal_side for account in CHART.values()}
    assert {kind for kind, side in grows.items() if side is Side.DEBIT} == {Kind.ASSET, Kind.EXPENSE}
    assert set(grows) == set(Kind)


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1000000000000", "NaN", "Infinity"])
def test_an_amount_is_above_zero_in_whole_fen(amount: str) -> None:
    with pytest.raises(WrongAmount) as caught:
        debit(key(BANK), Decimal(amount))
    assert caught.value.zh.startswith("应为大于零")


def test_lines_made_by_hand_are_checked_too() -> None:
    with pytest.raises(WrongAmount):
        check([Line(key(BANK), Decimal("0.001")), Line(key(UNMATCHED), Decimal("-0.001"))])


def test_the_sides_of_an_entry_are_equal() -> None:
    with pytest.raises(Unbalanced, match=r"debits 36\.00 and credits 35\.99"):
        check([debit(key(BANK), Decimal(36)), credit(key(UNMATCHED), Decimal("35.99"))])
    for lines in ([], [debit(key(BANK), Decimal(36))]):
        with pytest.raises(Unbalanced, match="at least two lines"):
            check(lines)


def test_an_account_names_its_dimensions_and_no_others() -> None:
    with pytest.raises(UnknownAccount) as unknown:
        AccountKey("5201.01")
    assert "5201.01" in unknown.value.zh
    with pytest.raises(WrongSplit, match=r"split by plan \+ period, found plan"):
        AccountKey(CONTRIBUTIONS.code, plan="gx-1")
    with pytest.raises(WrongSplit, match="split by none, found unit"):
        AccountKey(BANK.code, unit="U1")
    assert key(BANK, plan="gx-1", period=COVER, unit="U1") == AccountKey(BANK.code)
    assert key(UNEARNED, plan="gx-1", period=COVER, unit="U1").period == COVER


def test_a_period_ends_after_it_begins() -> None:
    with pytest.raises(WrongPeriod):
        Period(DAY, DAY)


# --- posting ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_entry_is_booked_with_its_audit_row() -> None:
    book = new_book()
    entry = post_lines(book, *money_in("36.00"), number=17)
    check_now()
    assert lines_of(entry) == [(BANK.code, Decimal("36.00")), (UNMATCHED.code, Decimal("-36.00"))]
    assert (entry.posted_on, entry.posted_at, entry.subject) == (DAY, AT, "contributions.payment:17")
    audit = AuditEntry.objects.get(what="entry_posted")
    assert (audit.subject, audit.actor_key, audit.at) == (f"ledger.entry:{entry.pk}", "7", AT)
    assert audit.detail == {"subject": "contributions.payment:17", "event": "received"}


@pytest.mark.django_db
def test_a_source_is_booked_once() -> None:
    book = new_book()
    first = post_lines(book, *money_in("36.00"), number=17)
    assert post_lines(book, *reversed(money_in("36.00")), number=17) == first
    assert Posting.objects.count() == 2
    assert AuditEntry.objects.filter(what="entry_posted").count() == 1
    with pytest.raises(PostedOtherwise) as caught:
        post_lines(book, *money_in("35.00"), number=17)
    assert "只登记一次" in caught.value.zh
    with pytest.raises(PostedOtherwise):
        post_lines(book, *money_in("36.00"), number=17, on=LATER)
    other = new_book()
    assert post_lines(other, *money_in("36.00"), number=17) != first
    assert post_lines(book, *money_in("36.00"), number=17, event="matched") != first


@pytest.mark.django_db
def test_what_the_database_refuses_is_told_as_it_is() -> None:
    with pytest.raises(IntegrityError, match="ledger_event_named"):
        post(book=new_book(), on=DAY, text="", source=Source("", "x"), lines=money_in("1"), by=FINANCE, at=AT)


@pytest.mark.django_db
def test_an_entry_that_is_refused_leaves_nothing() -> None:
    book = new_book()
    with pytest.raises(Unbalanced):
        post_lines(book, debit(key(BANK), Decimal(1)), credit(key(UNMATCHED), Decimal(2)))
    assert not Entry.objects.exists()
    assert not LedgerAccount.objects.exists()


@pytest.mark.django_db
def test_accounts_are_made_once() -> None:
    book = new_book()
    shares = [Share("gx-1", COVER, unit, Decimal(50)) for unit in ("U1", "U2")]
    for number in (1, 2):
        post_payment(book=book, payment=f"p:{number}", amount=Decimal(100), matched=shares, on=DAY, by=FINANCE, at=AT)
    assert sorted(LedgerAccount.objects.values_list("code", "unit")) == [
        *(("1002.01", ""), ("1121.01", "U1"), ("1121.01", "U2")),
    ]


@pytest.mark.django_db
def test_a_book_is_opened_once() -> None:
    book = new_book()
    assert AuditEntry.objects.get().what == "book_opened"
    with pytest.raises(BookExists) as caught:
        open_book(code=book.code, name="又一本", by=FINANCE, at=AT)
    assert book.name in caught.value.zh


# --- reversing --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_reversal_mirrors_its_entry() -> None:
    entry = post_lines(new_book(), *interest("12.34"))
    mirror = reverse(entry=entry, on=LATER, text="利息记错", by=FINANCE, at=AT)
    check_now()
    assert lines_of(mirror) == [(BANK.code, Decimal("-12.34")), (INTEREST.code, Decimal("12.34"))]
    assert (mirror.posted_on, mirror.reverses, mirror.book_id) == (LATER, entry, entry.book_id)
    audit = AuditEntry.objects.get(what="entry_reversed")
    assert (audit.subject, audit.detail) == (f"ledger.entry:{entry.pk}", {"reversal": mirror.pk})


@pytest.mark.django_db
def test_an_entry_is_reversed_once() -> None:
    entry = post_lines(new_book(), *interest("12.34"))
    mirror = reverse(entry=entry, on=LATER, text="利息记错", by=FINANCE, at=AT)
    with pytest.raises(AlreadyReversed, match=f"entry {mirror.pk} of {LATER}"):
        reverse(entry=entry, on=LATER, text="利息记错", by=FINANCE, at=AT)
    with pytest.raises(NotReversible) as caught:
        reverse(entry=mirror, on=LATER, text="再记回", by=FINANCE, at=AT)
    assert "冲销分录" in caught.value.zh


@pytest.mark.django_db
def test_a_reversal_is_not_before_its_entry() -> None:
    entry = post_lines(new_book(), *interest("12.34"))
    with pytest.raises(NotReversible, match="not before"):
        reverse(entry=entry, on=DAY - datetime.timedelta(days=1), text="利息记错", by=FINANCE, at=AT)


# --- contributions ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_no_more_is_matched_than_came_in() -> None:
    book = new_book()
    share = Share("gx-1", COVER, "U1", Decimal("50.01"))
    with pytest.raises(MatchedTooMuch, match=r"at most 50\.00"), transaction.atomic():
        post_payment(book=book, payment="p:1", amount=Decimal(50), matched=[share], on=DAY, by=FINANCE, at=AT)
    whole = replace(share, amount=Decimal(50))
    entry = post_payment(book=book, payment="p:1", amount=Decimal(50), matched=[whole], on=DAY, by=FINANCE, at=AT)
    assert lines_of(entry) == [("1002.01", Decimal(50)), ("1121.01", Decimal(-50))]


def test_errors_of_the_ledger_speak_both_languages() -> None:
    with pytest.raises(LedgerError) as caught:
        credit(key(BANK), Decimal("0.005"))
    assert str(caught.value) == caught.value.en != caught.value.zh
