"""Money that is taken over: the fund by plan, and contributions received in advance that become income in time. The example of
docs/rules/bookkeeping.md is played with the plans and the years of the scene."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mutualaid.contributions.actions.paying_out import make_fees_good, settle_days
from mutualaid.contributions.comparing import takes_file
from mutualaid.contributions.models import Fund, Reconciliation, StatementLine
from mutualaid.contributions.paying_out import in_transit, runs_for
from mutualaid.contributions.simulator import keys, wechat
from mutualaid.core.actors import system
from mutualaid.core.money import shown
from mutualaid.ledger.chart import BANK, FEES_BACK, IN_TRANSIT, RESTRICTED_NET_ASSETS
from mutualaid.ledger.lines import Period, WrongSplit, key
from mutualaid.ledger.models import Entry, Posting
from mutualaid.ledger.queries import fund_by_plan, trial_balance
from mutualaid.payouts.actions.orders import stop_order
from mutualaid.payouts.models import PaymentOrder
from mutualaid.plans.models import PlanVersion
from mutualaid.takeover import jobs
from mutualaid.takeover.actions.earning import NotEarned, earn_opening
from mutualaid.takeover.models import TakeoverRow
from mutualaid.takeover.queries import openings_to_earn
from tests.contributions.scene import World
from tests.takeover.moving import AT, faults_of, whole

if TYPE_CHECKING:
    from tests.takeover.moving import Moving

PAGE = (Path(__file__).parents[2] / "docs" / "rules" / "bookkeeping.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## 接管旧系统") : PAGE.index("## 一件事只记一次")]
PLANS = {"hainan-period-2": "gx-1", "cwmia-women-8": "gx-2"}
P1, P2 = (
    Period(datetime.date(2017, 3, 1), datetime.date(2020, 3, 1)),
    Period(datetime.date(2019, 9, 1), datetime.date(2022, 9, 1)),
)
NAMED = {P1: "P1", P2: "P2"}
FIRST = {"本期起始日": "2017-03-01", "本期最后一日": "2020-02-29"}
SECOND = {"本期起始日": "2019-09-01", "本期最后一日": "2022-08-31"}
ONE, TWO = {"计划": "在职住院"}, {"计划": "cwmia-women-8"}


def tables() -> list[list[list[str]]]:
    """The cells of the section's tables, without their heads."""
    found: list[list[list[str]]] = []
    for block in re.findall(r"(?:^\|.*\n)+", SECTION, flags=re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        found.append(rows[2:])
    return found


def sheets() -> dict[str, list[dict[str, Any]]]:
    """The example as a file."""
    found = whole()
    for word in ("used", "once", "claims", "totals"):
        found.pop(word)
    found["balances"] = [
        {"科目": "银行存款", "余额": "500000"},
        {"科目": "应收互助费", **TWO, **SECOND, "单位编码": "D1", "余额": "800"},
        {"科目": "应付互助金", **ONE, **FIRST, "余额": "2600"},
        {"科目": "预收互助费", **ONE, **FIRST, "单位编码": "D1", "余额": "1500"},
        {"科目": "预收互助费", **TWO, **SECOND, "单位编码": "D1", "余额": "4800"},
        {"科目": "限定性净资产", **ONE, **FIRST, "余额": "300000"},
        {"科目": "限定性净资产", **TWO, **FIRST, "余额": "150000"},
        {"科目": "限定性净资产", "余额": "41900"},
    ]
    return found


def at(day: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(f"{day}T17:20:00+00:00")


def _place(posting: Posting) -> tuple[bool, str, str]:
    """Debits first, by account, by plan as the page calls them; of no plan last."""
    account = posting.account
    return posting.amount < 0, account.code, PLANS.get(account.plan, "~")


def booked() -> list[list[str]]:
    """All entries as the page writes them, in the order of the page."""
    names = {"approved": "支付单 `approved`", "opened": "接管 `opened`", "earned": "预收 `earned`"}
    rows = []
    for entry in Entry.objects.order_by("posted_on", "id"):
        lines = sorted(entry.postings.select_related("account"), key=_place)
        for place, posting in enumerate(lines):
            account = posting.account
            period = account.key.period
            split = (PLANS.get(account.plan, ""), NAMED[period] if period else "", "U1" if account.unit else "")
            source = f"{names[entry.event]}，{entry.posted_on}".replace("2019", "2026") if place == 0 else ""
            side = "借" if posting.amount > 0 else "贷"
            rows.append([source, side, str(account), " · ".join(filter(None, split)), shown(abs(posting.amount))])
    return rows


@pytest.fixture
def booked_over(moving: Moving) -> Moving:
    """The example, applied."""
    moving.applied(sheets())
    return moving


def test_the_example_of_the_page_is_what_is_booked(booked_over: Moving) -> None:
    entries, funds = tables()
    for day in ("2019-08-30", "2019-08-31", "2019-09-01", "2019-09-02"):
        jobs.earn_openings(at=at(day))
    assert booked() == entries
    found = fund_by_plan(book=booked_over.fund.book, on=datetime.date(2019, 9, 1))
    shown_funds = [
        [
            f"{PLANS[row.plan]} · {NAMED[row.period]}",
            *(shown(one) for one in (row.opening, row.income, row.approved, row.paid, row.payable, row.balance)),
        ]
        for row in found
    ]
    assert sorted(shown_funds) == sorted(funds)
    year = trial_balance(
        book=booked_over.fund.book, period=Period(datetime.date(2019, 1, 1), datetime.date(2020, 1, 1))
    )
    assert year.closing == 0
    assert {row.account.code: shown(row.closing) for row in year.rows}["2203.01"] == "-800.00"


def test_before_its_period_nothing_is_earned(booked_over: Moving) -> None:
    jobs.earn_openings(at=at("2019-08-30"))  # midnight has not come at home
    (later,) = booked_over.fund.book.accounts.get(code="2203.01", plan="cwmia-women-8").postings.all()
    assert not openings_to_earn(on=datetime.date(2019, 8, 31)).exists()
    with pytest.raises(NotEarned):
        earn_opening(posting=later, by=system("takeover"), at=at("2019-08-30"))
    first = earn_opening(posting=later, by=system("takeover"), at=at("2019-09-03"))
    assert (str(first.posted_on), first) == (
        "2019-09-01",
        earn_opening(posting=later, by=system("takeover"), at=at("2019-09-04")),
    )


def test_what_was_not_received_at_all_is_not_earned(moving: Moving) -> None:
    told = sheets()
    told["balances"][1]["余额"] = "4800"
    told["balances"][0]["余额"] = "496000"
    takeover = moving.applied(told)
    assert takeover.closing["differences"] == []
    jobs.earn_openings(at=at("2019-10-01"))
    assert Entry.objects.filter(event="earned").count() == 1
    owed = moving.fund.book.accounts.get(code="2203.01", plan="cwmia-women-8").postings.get()
    with pytest.raises(NotEarned):
        earn_opening(posting=owed, by=system("takeover"), at=at("2019-10-01"))


def test_a_payable_that_is_stopped_goes_back_to_its_plan(booked_over: Moving) -> None:
    stop_order(order=PaymentOrder.objects.get(), reason="旧系统已付", by=booked_over.by_signer, at=AT)
    (row,) = [one for one in fund_by_plan(book=booked_over.fund.book, on=AT.date()) if one.plan == "hainan-period-2"]
    assert [row.opening, row.payable] == [Decimal(302_600), Decimal(0)]


def test_what_comes_of_balances_is_told_beside_the_row(moving: Moving) -> None:
    takeover = moving.upload(sheets())
    assert (faults_of(takeover), takeover.report["across"]) == ([], [])
    told = {
        row.line: [one["zh"] for one in row.warnings]
        for row in TakeoverRow.objects.filter(takeover=takeover, sheet="balances", noticed=True)
    }
    assert sorted(told) == [3, 5, 9]
    assert "没有相应的账单" in told[3][0]
    assert "在基准日一次转入会费收入" in told[5][0]
    assert "不计入任何计划" in told[9][0]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"科目": "限定性净资产", **ONE, "余额": "1"}, "period_on"),
        ({"科目": "限定性净资产", **FIRST, "余额": "1"}, "plan"),
        ({"科目": "限定性净资产", **ONE, **FIRST, "余额": "1"}, "account"),
        ({"科目": "银行存款", "余额": "1"}, "account"),
    ],
)
def test_net_assets_name_plan_and_period_or_neither_and_once(moving: Moving, row: dict[str, str], field: str) -> None:
    told = sheets()
    told["balances"].append(row)
    assert [(sheet, line, name) for sheet, line, name, _ in faults_of(moving.upload(told))] == [
        ("balances", 10, one) for one in ([field, "period_last_on"] if field == "period_on" else [field])
    ]


def test_the_period_of_payables_is_that_of_their_balance(moving: Moving) -> None:
    told = sheets()
    told["balances"][2]["本期最后一日"] = "2020-02-28"
    across = [one["zh"] for one in moving.upload(told).report["across"]]
    assert len(across) == 2
    assert all("应付互助金" in one for one in across)


def test_a_payable_has_no_number_of_a_claim_here(moving: Moving) -> None:
    told = sheets()
    told["payables"][0]["旧单号"] = "L00000001"
    assert [(sheet, name) for sheet, _, name, _ in faults_of(moving.upload(told))] == [("payables", "old_number")]


def test_net_assets_are_kept_by_plan_and_period_or_as_a_whole() -> None:
    key(RESTRICTED_NET_ASSETS)
    key(RESTRICTED_NET_ASSETS, plan="gx-1", period=P1)
    with pytest.raises(WrongSplit):
        key(RESTRICTED_NET_ASSETS, plan="gx-1")


@pytest.fixture
def by_wechat(moving: Moving, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A channel that pays out by days, into the city's fund."""
    wechat.set_up(tmp_path, "http://127.0.0.1:9", "http://127.0.0.1:9/notifications", by_certificate=False)
    told = tmp_path / keys.THEIRS
    keys.write(told, {**keys.read(told), "fund": moving.cast.city.code})
    monkeypatch.setenv("MUTUALAID_CHANNELS", f"wechat={told}")
    return "wechat"


def on_its_way(moving: Moving) -> tuple[list[dict[str, str]], list[datetime.date]]:
    """Two days of a channel that it has not paid out, fees that were not made good, and net assets less of them; the days."""
    days = [moving.cutover_on - datetime.timedelta(days=back) for back in (2, 1)]
    rows = [
        {"科目": "支付渠道在途", "支付渠道": "微信支付（模拟）", "对账日": days[0].isoformat(), "余额": "99.40"},
        {"科目": "支付渠道在途", "支付渠道": "wechat", "对账日": days[1].isoformat(), "余额": "-19.40"},
        {"科目": "应补支付服务费", "余额": "0.60"},
        {"科目": "限定性净资产", "余额": "80.60"},
    ]
    return rows, days


def test_what_channels_are_still_to_pay_out_is_found_by_the_line_that_does(moving: Moving, by_wechat: str) -> None:
    rows, days = on_its_way(moving)
    moving.applied({"balances": rows})
    (entry,) = Entry.objects.filter(event="opened")
    assert {posting.account.code: posting.amount for posting in entry.postings.select_related("account")} == {
        "1012.01": 80, "1122.02": Decimal("0.60"), "3102.01": Decimal("-80.60"),
    }  # fmt: skip
    taken = list(Reconciliation.objects.order_by("day"))
    assert [(one.channel, one.day, one.state, one.settles_amount) for one in taken] == [
        (by_wechat, days[0], "agrees", Decimal("99.40")),
        (by_wechat, days[1], "agrees", Decimal("-19.40")),
    ]
    (held,) = in_transit(funds=Fund.objects.all())
    assert (held.amount, held.compared_amount, held.fees_amount) == (Decimal(80), Decimal(80), Decimal("0.60"))
    world = World(moving.cast, moving.fund, PlanVersion.objects.earliest("pk"), moving.signer)
    line, good = world.line(80), world.line("0.60")
    StatementLine.objects.update(booked_on=moving.cutover_on + datetime.timedelta(days=1))
    line.refresh_from_db()
    (run,) = runs_for(line=line)
    settle_days(line=line, days=run.days, by=moving.by_signer, at=AT)
    make_fees_good(line=good, by=moving.by_signer, at=AT)
    assert [world.held(account) for account in (BANK, IN_TRANSIT, FEES_BACK)] == [Decimal("80.60"), 0, 0]
    # The day before the cut-over has no file to be fetched, and is not brought twice.
    assert not takes_file(day=taken[1])
    rows = [{**rows[0], "余额": "1"}, {"科目": "限定性净资产", "余额": "1"}]
    (fault,) = faults_of(moving.upload({"balances": rows}))
    assert fault[:3] == ("balances", 2, "channel_day")
    assert "已在“渠道对账”中" in fault[3]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"支付渠道": ""}, "channel", "应填写"),
        ({"支付渠道": "云闪付"}, "channel", "微信支付（模拟） 之一；得到“云闪付”"),
        ({"对账日": ""}, "channel_day", "应填写"),
        ({"对账日": "2030-01-01"}, "channel_day", "应早于基准日"),
        ({"对账日": None}, "account", "应只有一行"),
    ],
)
def test_money_in_transit_is_told_by_channel_and_day(
    moving: Moving, by_wechat: str, change: dict[str, str | None], field: str, words: str
) -> None:
    rows, days = on_its_way(moving)
    rows[1] |= {name: days[0].isoformat() if told is None else told for name, told in change.items()}
    (fault,) = faults_of(moving.upload({"balances": rows}))
    assert fault[:3] == ("balances", 3, field)
    assert words in fault[3]
