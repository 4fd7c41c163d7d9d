"""Money that comes back days after it was paid, twice, for a payment that was made anew meanwhile, or in another currency."""

from __future__ import annotations

import datetime

import pytest

from mutualaid.ledger.models import Entry
from mutualaid.payouts.actions.batches import mark_sent
from mutualaid.payouts.actions.orders import correct_account
from mutualaid.payouts.actions.results import take_result
from mutualaid.payouts.bank.reading import CAMT_054, PAIN_002
from mutualaid.payouts.models import BankResult, PaymentOrder
from mutualaid.payouts.queries import money_of, owed
from mutualaid.payouts.reconciling import differing
from tests.payouts.bank_side import released, states
from tests.payouts.scene import FUND_ACCOUNT, LATER, MEMBER, World
from tests.people.cast import AT, BY

DAY = datetime.timedelta(days=1)
TO = {"payee_name": "林晓禾", "account_number": "6217000012349999", "bank_name": "海市银行"}


def back(order: PaymentOrder, on: datetime.date, *, currency: str = "CNY", account: str = FUND_ACCOUNT) -> bytes:
    """The bank's notice that an order came back."""
    entry = (
        f'<Ntry><Amt Ccy="{currency}">{order.amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{on}</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>{order.number}</EndToEndId></Refs>"
        "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>"
    )
    sums = f"<TxsSummry><TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>{order.amount}</Sum></TtlCdtNtries></TxsSummry>"
    inner = f"<Ntfctn><Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>{sums}{entry}</Ntfctn>"
    body = f"<BkToCstmrDbtCdtNtfctn>{inner}</BkToCstmrDbtCdtNtfctn>"
    return f'<?xml version="1.0"?><Document xmlns="{CAMT_054}">{body}</Document>'.encode()


def status(order: PaymentOrder, word: str, on: datetime.date, *, group: str = "PART") -> bytes:
    """The bank's report on an order alone in its batch; without a word, on the batch as a whole."""
    assert order.batch is not None
    about = (
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{order.batch.number}</OrgnlMsgId><OrgnlNbOfTxs>{order.batch.count}</OrgnlNbOfTxs>"
        f"<OrgnlCtrlSum>{order.batch.total}</OrgnlCtrlSum><GrpSts>{group}</GrpSts></OrgnlGrpInfAndSts>"
    )
    how = (
        f"<AccptncDtTm>{on}T08:00:00Z</AccptncDtTm>"
        if word == "ACSC"
        else "<StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf>"
    )
    row = (
        f"<OrgnlPmtInfAndSts><NbOfTxsPerSts><DtldNbOfTxs>1</DtldNbOfTxs><DtldSts>{word}</DtldSts><DtldCtrlSum>{order.amount}"
        f"</DtldCtrlSum></NbOfTxsPerSts><TxInfAndSts><OrgnlEndToEndId>{order.number}</OrgnlEndToEndId><TxSts>{word}</TxSts>{how}"
        f'<OrgnlTxRef><Amt><InstdAmt Ccy="CNY">{order.amount}</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts></OrgnlPmtInfAndSts>'
    )
    inner = f"<CstmrPmtStsRpt>{about}{row if word else ''}</CstmrPmtStsRpt>"
    return f'<?xml version="1.0"?><Document xmlns="{PAIN_002}">{inner}</Document>'.encode()


def take(world: World, data: bytes, *, at: datetime.datetime = LATER) -> BankResult:
    """A genuine file of the bank."""
    return take_result(fund=world.fund, data=data, name="a.xml", genuine=True, by=BY, at=at)


@pytest.fixture
def paid(world: World) -> PaymentOrder:
    """An order that was paid."""
    (order,) = (batch := released(world, [world.order(800)])).orders.all()
    mark_sent(batch=batch, by=BY, at=AT)
    assert take(world, status(order, "ACSC", AT.date())).changed == 1
    return order


def again(world: World, order: PaymentOrder) -> PaymentOrder:
    """Made anew, and paid."""
    anew = correct_account(order=order, **TO, by=MEMBER, at=LATER)
    (anew,) = released(world, [anew]).orders.all()
    assert take(world, status(anew, "ACSC", AT.date() + 3 * DAY)).changed == 1
    return anew


def test_days_after_it_was_paid(world: World, paid: PaymentOrder) -> None:
    result = take(world, back(paid, AT.date() + 40 * DAY), at=AT + 40 * DAY)
    assert (result.state, result.changed, states([paid])) == ("taken", 1, ["returned"])
    entry = Entry.objects.get(event="reversed", reverses__event="paid")
    assert entry.posted_on == AT.date() + 40 * DAY
    assert owed(fund=world.fund) == 800
    assert "payment_returned" in world.notices or world.cast.lin.account_id is None


def test_told_twice_in_files_of_their_own(world: World, paid: PaymentOrder) -> None:
    take(world, back(paid, AT.date() + DAY))
    second = take(world, back(paid, AT.date() + 2 * DAY))
    assert (second.state, second.changed) == ("taken", 0)
    assert differing(fund=world.fund) == []


def test_of_an_order_that_was_paid_anew_meanwhile(world: World, paid: PaymentOrder) -> None:
    take(world, back(paid, AT.date() + DAY))
    anew = again(world, paid)
    late = take(world, back(paid, AT.date() + 5 * DAY))
    assert (late.changed, states([paid, anew])) == (0, ["returned", "paid"]), (
        "the old notice says nothing of the new order"
    )
    assert money_of(reference=paid.reference).paid == 800
    assert take(world, back(anew, AT.date() + 6 * DAY)).changed == 1
    assert states([paid, anew]) == ["returned", "returned"]
    third = again(world, PaymentOrder.objects.get(pk=anew.pk))
    assert states([third]) == ["paid"]
    assert (world.books, differing(fund=world.fund)) == (("800.00", "0.00", "-800.00"), [])


def test_paid_after_all_though_it_was_refused_and_paid_anew(world: World) -> None:
    """The bank contradicts itself when the money is out a second time: nothing moves, and finance hears of it."""
    (first,) = released(world, [world.order(800)]).orders.all()
    take(world, status(first, "RJCT", AT.date()))
    anew = again(world, first)
    result = take(world, status(first, "ACSC", AT.date()))
    assert (result.state, result.fault, result.fault_number) == ("refused", "contradiction", first.number)
    assert states([first, anew]) == ["failed", "paid"]
    assert world.notices.count("bank_difference") == 2


@pytest.mark.parametrize(
    ("facts", "fault"),
    [({"currency": "USD"}, "incomplete"), ({"account": "6222000099990000"}, "other_account")],
)
def test_of_another_currency_or_account(world: World, paid: PaymentOrder, facts: dict[str, str], fault: str) -> None:
    result = take(world, back(paid, AT.date() + DAY, **facts))
    assert (result.state, result.fault, states([paid])) == ("refused", fault, ["paid"])


def test_of_an_order_that_never_left(world: World, paid: PaymentOrder) -> None:
    waiting = world.order(50)
    result = take(world, back(waiting, AT.date() + DAY))
    assert (result.state, result.fault, states([waiting])) == ("refused", "contradiction", ["created"])


@pytest.mark.parametrize(("group", "fault"), [("PART", "incomplete"), ("ACSC", "incomplete"), ("", "incomplete")])
def test_a_partial_group_without_its_rows(world: World, group: str, fault: str) -> None:
    (order,) = released(world, [world.order(800)]).orders.all()
    result = take(world, status(order, "", AT.date(), group=group))
    assert (result.state, result.fault, states([order])) == ("refused", fault, ["released"])


def test_rows_that_contradict_the_group(world: World) -> None:
    """The group is said to be refused, its row to be paid: the rows are what counts, each by its own status."""
    (order,) = released(world, [world.order(800)]).orders.all()
    assert take(world, status(order, "ACSC", AT.date(), group="PART")).changed == 1
    assert states([order]) == ["paid"]
    whole = take(world, status(order, "", AT.date(), group="RJCT"))
    assert (whole.state, whole.fault) == ("refused", "contradiction")
    assert states([order]) == ["paid"]
