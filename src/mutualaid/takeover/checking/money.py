"""The sheets 应付, 基金余额 and 核对."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal

from mutualaid.contributions.gateway import channels_by_days
from mutualaid.contributions.queries import day_known
from mutualaid.core.money import NotMoney, parse, shown
from mutualaid.ledger.chart import (
    BANK,
    BENEFITS_PAYABLE,
    CHART,
    IN_TRANSIT,
    RECEIVABLE,
    UNEARNED,
    Account,
    Dimension,
    Side,
)
from mutualaid.ledger.models import Posting
from mutualaid.payouts.accounts import payee
from mutualaid.payouts.models import PaymentOrder
from mutualaid.payouts.refusals import BadAccount
from mutualaid.people.models import Employer
from mutualaid.takeover.checking import values
from mutualaid.takeover.checking.known import meet_others
from mutualaid.takeover.checking.rows import LEAVE, Held, Row, Seen
from mutualaid.takeover.columns import ACCOUNTS, CONTROLS
from mutualaid.takeover.models import Takeover, TakeoverRow
from mutualaid.takeover.queries import OPENED, fund_of_office

OURS = re.compile(r"[Ll][0-9]{8,}")
"""Numbers of claims here, by which payments are asked for."""


def check_payables(rows: Sequence[Row], seen: Seen) -> None:
    """What is owed to whom, for which plan and period."""
    for row in rows:
        values.identity(row)
    meet_others((row.person for row in rows), seen)
    for row in rows:
        _payable(row, seen)
    olds = {row.value["old"]: row for row in rows if row.value and not row.faults}
    begin = f"{TakeoverRow._meta.label_lower}:"
    earlier = PaymentOrder.objects.filter(
        reference__in=olds, subject__startswith=begin, unit_path__startswith=seen.office.path
    )
    for reference in earlier.values_list("reference", flat=True).distinct():
        olds[reference].wrong(
            "old_number",
            "每笔应付应只接管一次；这个旧单号已接管，请删去该行",
            "expected a payable that was not brought yet, found its number here; remove the row",
        )


def _payable(row: Row, seen: Seen) -> None:
    old = values.text(row, "old_number", most=32, needed=True)
    person, version = values.person(row, seen), values.plan(row, seen)
    period_on = values.day(row, "period_on", needed=True)
    amount = values.amount(row, "amount", needed=True, zero=False)
    told = {field: row.told.get(field, "") for field in ("payee_name", "account_number", "bank_name")}
    if all(one["field"] != "account_number" for one in row.faults):
        try:
            to = payee(**told, bank_code="")
            told = {"payee_name": to.name, "account_number": to.account_number, "bank_name": to.bank_name}
        except BadAccount as error:
            row.wrong("account_number", error.zh, error.en)
    if old and OURS.fullmatch(old):
        row.wrong(
            "old_number",
            f"旧单号应与本系统的理赔编号（如 L00000017）不同；得到“{old}”，会与本系统的申请混在一起，请在前面加上旧系统的简称",
            f"expected another form than that of claims here (L00000017), found {old!r}, whose payments would be mixed up with "
            "those of a claim; put a name of the old system before it",
        )
    if old and not seen.first("payable", old):
        row.wrong("old_number", "每个旧单号应只有一行；得到重复的，请改正", "expected each number once; correct it")
    if person is None or version is None or period_on is None or amount is None or row.faults:
        return
    cover = _cover(seen.covers[bytes.fromhex(row.person)], version.plan, period_on)
    if cover is None:
        row.wrong(
            "period_on",
            "本期起始日应为该会员在这一计划的某条参保的起始日；没有找到，请先在“参保”表中列出，或改正日期",
            "expected the first day of one of the member's covers of this plan, found none; list the cover or correct the day",
        )
        return
    until_on = datetime.date.fromordinal(cover.until_on).isoformat()
    seen.payables[version.plan, period_on.isoformat(), until_on] += amount
    row.value = {
        "old": old,
        "plan": version.plan,
        "from_on": period_on.isoformat(),
        "until_on": until_on,
        "amount": str(amount),
        **told,
    }


def _cover(held: Sequence[Held], plan: str, from_on: datetime.date) -> Held | None:
    return next((one for one in held if one.plan == plan and one.from_on == from_on.toordinal()), None)


def check_balances(rows: Sequence[Row], seen: Seen) -> None:
    """Opening balances, each on the account's own side and split as the chart splits it."""
    opened = _opened(seen) if rows else {}
    for row in rows:
        code = values.word(row, "account", ACCOUNTS)
        amount = _signed(row)
        if code is None or amount is None:
            continue
        account = CHART[code]
        if amount == 0:
            row.effect = LEAVE
            continue
        value = {"account": code, "amount": str(amount), **_split(row, account, seen)}
        if account is IN_TRANSIT:
            value |= _of_channel(row, seen)
        if row.faults:
            continue
        if not seen.first(
            "balance",
            *(value.get(name, "") for name in ("account", "plan", "from_on", "until_on", "unit", "channel", "day")),
        ):
            row.wrong(
                "account",
                "同一科目、计划、保障期和单位（在途的为同一渠道、同一日）应只有一行；得到重复的，请合并",
                "expected one row for each account, plan, period and employer (in transit: for each channel and day), found it "
                "again; make one row of them",
            )
            continue
        _tell(row, value, seen)
        _again(row, value, opened)
        if row.faults:
            continue
        row.value = value
        seen.sides[""] += amount if account.normal_side is Side.DEBIT else -amount
        if code == BENEFITS_PAYABLE.code:
            seen.payable_balances[value["plan"], value["from_on"], value["until_on"]] += amount
        if code == BANK.code:
            seen.sums["bank_amount"] += amount


def _split(row: Row, account: Account, seen: Seen) -> dict[str, str]:
    """By what the chart splits the account; net assets that belong to no plan name none."""
    if account.or_whole and not any(row.told.get(name) for name in ("plan", "period_on", "period_last_on")):
        row.odd(
            "plan",
            "没有写明计划和保障期：不计入任何计划的基金结余；能分清的请按计划分行填写",
            "no plan and period are named: it counts in the fund of no plan; write a row for each plan where they are known",
        )
        return {}
    found: dict[str, str] = {}
    if Dimension.PLAN in account.split_by:
        version = values.plan(row, seen)
        found["plan"] = version.plan if version is not None else ""
    if Dimension.PERIOD in account.split_by:
        found |= _period(row)
    if Dimension.UNIT in account.split_by:
        found["unit"] = values.employer(row, seen)
    return found


def _of_channel(row: Row, seen: Seen) -> dict[str, str]:
    """Money in transit is known by channel and day: by them the line of the bank is found that pays it out."""
    told, day = values.text(row, "channel", needed=True), values.day(row, "channel_day", needed=True)
    fund = fund_of_office(office=seen.office)
    known = channels_by_days(fund=fund.unit.code) if fund is not None else {}
    channel = next((name for name, words in known.items() if told in words), "")
    if told and not channel:
        names = "、".join(zh for zh, *_ in known.values()) or "（未配置）"
        row.wrong(
            "channel",
            f"支付渠道应为本专户已配置、按日结算的 {names} 之一；得到“{told[:20]}”，请改正，或先由系统管理员配置该渠道",
            f"expected one of this fund's channels {sorted(known)}, found {told[:20]!r}; correct it, or have it configured",
        )
    if day is not None and day >= seen.cutover_on:
        row.wrong(
            "channel_day",
            f"对账日应早于基准日 {seen.cutover_on}；得到 {day}，基准日起的款项由本系统自己对账，请删去该行",
            f"expected a day before the cut-over of {seen.cutover_on}, found {day}; later days are compared here, remove the row",
        )
    elif channel and day is not None and day_known(channel=channel, day=day):
        row.wrong(
            "channel_day",
            f"渠道每日应只登记一次；{told} {day} 已在“渠道对账”中，请删去该行",
            f"expected a day of the channel that is not known here, found {day} of {channel} among its days; remove the row",
        )
    return {"channel": channel, "day": day.isoformat() if day is not None else ""}


def _opened(seen: Seen) -> dict[tuple[str, ...], Decimal]:
    """What earlier take-overs opened the book with, on each account's own side: by code, plan, first day and employer."""
    fund = fund_of_office(office=seen.office)
    if fund is None:
        return {}
    begin = f"{Takeover._meta.label_lower}:"
    rows = Posting.objects.filter(entry__book=fund.book_id, entry__event=OPENED, entry__subject__startswith=begin)
    found: dict[tuple[str, ...], Decimal] = {}
    credit_codes = dict(Employer.objects.values_list("unit__code", "credit_code")) if rows.exists() else {}
    for posting in rows.select_related("account"):
        account = posting.account
        side = 1 if CHART[account.code].normal_side is Side.DEBIT else -1
        key = (account.code, account.plan, str(account.period_from_on or ""), credit_codes.get(account.unit, ""))
        found[key] = found.get(key, Decimal(0)) + side * posting.amount
    return found


def _again(row: Row, value: Mapping[str, str], opened: Mapping[tuple[str, ...], Decimal]) -> None:
    """The same balance is not brought twice; another one is added to what is there, and that is said."""
    if "channel" in value:
        return  # each day is known by itself
    there = opened.get((value["account"], *(value.get(name, "") for name in ("plan", "from_on", "unit"))))
    if there is None:
        return
    if there == Decimal(value["amount"]):
        row.wrong(
            "account",
            f"期初余额应只登记一次；以前的接管已登记同样的 {shown(there)} 元，请删去该行",
            f"expected a balance that no take-over brought yet, found the same {shown(there)} yuan; remove the row",
        )
        return
    row.odd(
        "account",
        f"以前的接管已登记 {shown(there)} 元，这一行将再加上去，请核对",
        f"a take-over brought {shown(there)} yuan before, and this row is added to it; check it",
    )


def _tell(row: Row, value: Mapping[str, str], seen: Seen) -> None:
    """What will come of money that is not yet earned, or not yet paid."""
    if value["account"] == UNEARNED.code and value["from_on"] <= seen.cutover_on.isoformat():
        row.odd(
            "period_on",
            "这一期在基准日已开始：按本系统的记法，将在基准日一次转入会费收入",
            "this period has begun by the cut-over: as all income here it will be earned at once, on that day",
        )
    if value["account"] == RECEIVABLE.code:
        row.odd(
            "account",
            "本系统没有相应的账单：只带入余额；同一计划、保障期和单位的预收在收到之前不转收入",
            "there is no bill for it here: only the balance comes in, and as much of what is not yet earned is not earned",
        )


def _signed(row: Row) -> Decimal | None:
    """Net assets may be below nothing, and a channel's day on which more went back than came in; all else is not."""
    if row.told.get("account") not in ("限定性净资产", "支付渠道在途"):
        return values.amount(row, "amount", needed=True)
    try:
        return parse(row.told.get("amount", ""))
    except NotMoney:
        row.wrong("amount", "余额应为金额；得到的不是，请改正", "expected an amount, found something else; correct it")
        return None


def _period(row: Row) -> dict[str, str]:
    from_on, last_on = values.day(row, "period_on", needed=True), values.day(row, "period_last_on", needed=True)
    if from_on is None or last_on is None:
        return {}
    if last_on < from_on:
        row.wrong(
            "period_last_on", "本期最后一日应不早于起始日；请改正", "expected an end after the beginning; correct it"
        )
        return {}
    return {"from_on": from_on.isoformat(), "until_on": (last_on + datetime.timedelta(days=1)).isoformat()}


def check_totals(rows: Sequence[Row], seen: Seen) -> None:
    """Control totals of the other system's own reports."""
    words = {zh: word for word, (zh, _, _) in CONTROLS.items()}
    for row in rows:
        row.effect = LEAVE
        word = values.word(row, "what", words)
        try:
            value = parse(unicodedata.normalize("NFKC", row.told.get("value", "")))
        except NotMoney as error:
            row.wrong("value", error.zh, error.en)
            continue
        if word is None:
            continue
        if not seen.first("control", word):
            row.wrong("what", "每个项目应只有一行；请删去一行", "expected each total once; remove one row")
            continue
        seen.controls[word] = value


def across(seen: Seen) -> list[tuple[str, str]]:
    """What does not fit together in the whole file, in two languages."""
    found: list[tuple[str, str]] = []
    off = seen.sides[""]
    if off:
        zh = f"“基金余额”表的借贷应相等；借方比贷方{'多' if off > 0 else '少'} {shown(abs(off))} 元，请核对各科目余额"
        en = (
            f"expected equal sides of the opening balances, found them {shown(abs(off))} yuan apart; check the balances"
        )
        found.append((zh, en))
    for key in sorted({*seen.payables, *seen.payable_balances}):
        owed, booked = seen.payables[key], seen.payable_balances[key]
        if owed != booked:
            plan, from_on, until_on = key
            zh = (
                f"计划 {plan} {from_on} 至 {until_on}（不含）一期的“应付互助金”余额应等于“应付”表合计 {shown(owed)} 元，"
                f"得到 {shown(booked)} 元；请核对"
            )
            en = (
                f"expected benefits payable of {plan} from {from_on} until {until_on} to be {shown(owed)} yuan as listed, "
                f"found {shown(booked)}; check both sheets"
            )
            found.append((zh, en))
    return found
