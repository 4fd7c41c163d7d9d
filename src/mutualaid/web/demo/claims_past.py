"""Claims of the invented union, in every state in which one can be, by the actions of those who had them in hands."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mutualaid.claims.actions import desk, drafting, objections, reviewing
from mutualaid.claims.actions.filing import Expense, Payee, file_claim
from mutualaid.claims.actions.signing import ASKED, sign_and_file
from mutualaid.claims.levels import levels_of_claim
from mutualaid.claims.models import Claim, Source
from mutualaid.claims.queries import stands
from mutualaid.contributions.models import Fund
from mutualaid.core.actors import Actor
from mutualaid.core.dates import day_of
from mutualaid.core.encryption import blind_index
from mutualaid.enrolment.models import Cover
from mutualaid.payouts.actions.batches import make_batch, release_batch
from mutualaid.payouts.models import Batch
from mutualaid.people.consents import current_text
from mutualaid.people.models import Member, Staff
from mutualaid.web.demo import cast
from mutualaid.web.demo.bank_past import past_bank
from mutualaid.web.demo.claim_papers import Drawn, drawn
from mutualaid.web.demo.drawing import bank_card, card_ending
from mutualaid.web.demo.samples import BANK
from mutualaid.web.demo.union import Union

FINAL_FROM = Decimal(5_000)
"""Yuan from which the employer confirms, and the province has the last word."""
RELEASED_AFTER = datetime.timedelta(hours=1)
"""From a batch to its release by the second person of finance; then it goes to the bank."""
HOSPITALS = (("示范市第一人民医院（虚构）", 3), ("示范市中医院（虚构）", 3), ("滨海区人民医院（虚构）", 2))
ILLNESSES = (
    ("社区获得性肺炎", "J18.900"),
    ("急性阑尾炎", "K35.900"),
    ("胆囊结石", "K80.200"),
    ("腰椎间盘突出", "M51.200"),
)
COUNTER, CLERK, MEMBER = Source.COUNTER, Source.EMPLOYER, Source.MEMBER
CLOSED, RETURNED = card_ending("0004"), card_ending("0054")
"""Cards at which the simulated bank does not pay, and from which the money comes back."""


@dataclass(frozen=True)
class Case:
    """One stay and what becomes of it. ``back``: days since it was filed; ``own``: yuan that the member bore."""

    place: cast.Workplace
    person: int
    back: int
    nights: int
    own: int
    fate: str
    source: Source = COUNTER
    card: str = ""
    early: bool = False
    """The stay was in the waiting period."""
    earlier: int = 0
    """Days by which it was earlier than usual."""


def _cases() -> Iterator[Case]:
    port, hospital, school, riders = cast.PORT, cast.HOSPITAL, cast.SCHOOL, cast.RIDERS
    for turn, own in enumerate((5200, 1900, 2600, 3300, 4100)):
        yield Case(port, 3, 40 - turn, 15, own, "paid", earlier=16 * (4 - turn))
    yield Case(port, 0, 55, 8, 6400, "paid", MEMBER)
    for person, own in ((0, 2300), (1, 4150), (2, 980), (3, 15800)):
        yield Case(hospital, person, 54 - person, 4 + person, own, "paid", CLERK if person == 1 else COUNTER)
    yield Case(riders, 0, 50, 6, 900, "paid")
    yield Case(school, 0, 49, 9, 7200, "paid", card=RETURNED)
    yield Case(school, 1, 48, 5, 2700, "paid", card=CLOSED)
    yield Case(port, 2, 47, 3, 1400, "refused", MEMBER, early=True)
    yield Case(hospital, 5, 46, 3, 1250, "refused", early=True)
    yield Case(port, 12, 40, 4, 3600, "set aside")
    for person, own in ((6, 3100), (8, 2050), (9, 1180), (10, 16400)):
        yield Case(hospital, person, 20 - person, 5, own, "batched", CLERK if person == 8 else COUNTER)
    for person, own in ((8, 2900), (9, 1640), (10, 4800)):
        yield Case(port, person, 14 - person, 6, own, "approved")
    yield Case(port, 1, 9, 7, 3900, "returned", MEMBER)
    yield Case(school, 3, 8, 4, 2500, "returned")
    yield Case(school, 4, 7, 3, 1700, "withdrawn")
    for person, own in ((11, 14900), (13, 21300), (14, 17700)):
        yield Case(port, person, 8 - person % 4, 8, own, "final", CLERK if person == 13 else COUNTER)
    for person, own in ((15, 2200), (16, 900), (17, 5400), (18, 3050)):
        yield Case(port, person, 5 - person % 4, 3 + person % 5, own, "first", CLERK if person == 16 else COUNTER)
    for person, own in ((7, 1850), (11, 4400), (4, 760)):
        yield Case(hospital, person, 3, 5, own, "first")
    yield Case(school, 5, 2, 6, 18200, "first")
    yield Case(hospital, 12, 2, 9, 26500, "confirming")
    yield Case(port, 4, 1, 7, 19400, "confirming", CLERK)
    yield Case(riders, 1, 1, 5, 700, "confirming")
    yield Case(port, 5, 1, 4, 1300, "draft")
    yield Case(school, 2, 1, 5, 2100, "draft")


@dataclass(frozen=True)
class Stay:
    """A case with all that is told of it."""

    case: Case
    member: Member
    facts: dict[str, Any]
    hospital: str
    expenses: tuple[Expense, ...]
    card: str
    at: datetime.datetime


def fall_ill(union: Union, now: datetime.datetime) -> None:
    """All of it, the oldest first, beside the union's own clock."""
    _rules(union)
    stays = [_stay(union, case, place, now) for place, case in enumerate(_cases())]
    papers = Papers(stays)
    paid_at, batched_at = now - datetime.timedelta(days=28), now - datetime.timedelta(days=3)
    with past_bank(_fund(union)) as bank:
        for place, stay in enumerate(stays):
            before = stays[place - 1].case.fate
            if before == "set aside":
                bank.pay(_batch(union, paid_at), paid_at + RELEASED_AFTER)
            elif before == "batched" and stay.case.fate != "batched":
                _batch(union, batched_at, release=False)
            _happen(union, stay, place, papers.of(stay))
    _looked_at_again(union, now)


def _fund(union: Union) -> Fund:
    assert union.fund is not None
    return union.fund


def _rules(union: Union) -> None:
    """Small claims: one reviewer. From 5,000 yuan: the employer confirms, and the last word is the province's. Gig workers': the
    employer confirms each."""
    all_of = {"final_review": False, "elsewhere": False, "first_review": True, "days": 5}
    large = {**all_of, "final_review": True, "elsewhere": True}
    rules: list[tuple[str, Decimal, bool, dict[str, Any]]] = [
        ("", Decimal(0), False, all_of),
        ("", FINAL_FROM, True, large),
        ("demo-gig", Decimal(0), True, all_of),
    ]
    for family, amount_from, confirmed, levels in rules:
        desk.set_review_rule(
            office=union.units["city"],
            family=family,
            amount_from=amount_from,
            confirmed_by_employer=confirmed,
            by=union.by(cast.CHECKER),
            at=union.at,
            **levels,
        )


# --- one claim ----------------------------------------------------------------------------------------------------------------


def _happen(union: Union, stay: Stay, place: int, pages: list[tuple[str, bytes]]) -> None:
    case, by = stay.case, _files(union, stay.case)
    claim = _written(stay, place, pages, by)
    at = stay.at + datetime.timedelta(minutes=25)
    if case.fate == "draft":
        return
    if case.source == MEMBER:
        agreed = {purpose: current_text(purpose).version for purpose in ASKED}
        claim = sign_and_file(claim=claim, agreed=agreed, typed=stay.member.name, by=by, at=at)
    else:
        claim = file_claim(claim=claim, by=by, at=at)
    if case.fate == "withdrawn":
        reviewing.withdraw_claim(claim=claim, by=by, at=at + datetime.timedelta(hours=2))
    elif case.fate != "confirming":
        _reviewed(union, case, claim, at)


def _written(stay: Stay, place: int, pages: list[tuple[str, bytes]], by: Actor) -> Claim:
    at = stay.at
    claim = drafting.begin_claim(member=stay.member, source=stay.case.source, kind="inpatient", by=by, at=at)
    drafting.write_event(claim=claim, facts=stay.facts, hospital=stay.hospital, expenses=stay.expenses, by=by, at=at)
    bank = f"{BANK}滨海支行" if place % 3 else "邻市银行营业部（虚构）"
    drafting.set_payee(claim=claim, payee=Payee(stay.member.name, stay.card, bank), by=by, at=at)
    for word, content in pages[:2] if stay.case.fate == "draft" else pages:
        drafting.add_paper(claim=claim, word=word, content=content, name=f"{word}.png", by=by, at=at)
    return claim


def _reviewed(union: Union, case: Case, claim: Claim, at: datetime.datetime) -> None:
    """From the employer's word to the decision, as far as the case goes."""
    if claim.state == "confirming":
        at += datetime.timedelta(hours=9)
        clerk = union.by(case.place.clerk)
        claim = reviewing.confirm_membership(claim=claim, confirmed=True, remark="", by=clerk, at=at)
    at += datetime.timedelta(hours=5)
    first, contact = union.by(cast.REVIEWER), _staff(union, cast.SPECIALIST)
    found = stands(claim=claim)
    assert found is not None
    if case.fate == "first":
        return
    if case.fate == "returned":
        words, text = ["invoice", "record"], "票据第二页没有拍全；出院小结缺病案室盖章。"
        reviewing.return_for_papers(claim=claim, words=words, text=text, contact=contact, by=first, at=at)
    elif case.fate == "set aside":
        text = "同一次住院已在上一份申请中办理。"
        reviewing.set_aside(claim=claim, reason="duplicate", text=text, by=first, at=at)
    elif not found.total:
        reviewing.refuse_claim(claim=claim, seen=found.round, by=first, at=at)
    elif levels_of_claim(claim=claim).final_review:
        claim = reviewing.pass_first_review(claim=claim, seen=found.round, by=first, at=at)
        if case.fate != "final":
            at += datetime.timedelta(hours=6)
            reviewing.approve_claim(claim=claim, seen=found.round, by=union.by(cast.SENIOR), at=at)
    else:
        reviewing.approve_claim(claim=claim, seen=found.round, by=first, at=at)


def _files(union: Union, case: Case) -> Actor:
    who = {COUNTER: cast.SPECIALIST, CLERK: case.place.clerk}.get(case.source)
    return union.by(who if who is not None else cast.MEMBERS[case.person])


def _staff(union: Union, person: cast.Person) -> Staff:
    return Staff.objects.get(account=union.accounts[person.key])


def _stay(union: Union, case: Case, place: int, now: datetime.datetime) -> Stay:
    rows = union.rows[case.place.code]
    row = rows[case.person % len(rows)]
    member = Member.objects.get(identity_index=blind_index(Member, "identity_index", row["identity_number"]))
    hospital, level = HOSPITALS[place % len(HOSPITALS)]
    start, end = _days(member, case, now)
    own, outside = Decimal(case.own), Decimal(case.own // 5)
    fund_paid, bed = own * 2 + 130, Decimal(60 * case.nights)
    facts: dict[str, Any] = {
        "kind": "inpatient",
        "started_on": start.isoformat(),
        "ended_on": end.isoformat(),
        "hospital_level": level,
        "diagnoses": [ILLNESSES[place % len(ILLNESSES)][1]],
        "amounts": {
            "total": f"{own + outside + fund_paid:.2f}",
            "fund_paid": f"{fund_paid:.2f}",
            "self_paid": f"{own:.2f}",
            "out_of_scope": f"{outside:.2f}",
        },
    }
    if case.place is cast.RIDERS:
        facts |= {"accident": True, "accident_on": start.isoformat()}
    tests = min(own, (fund_paid + outside - bed) / 2).quantize(Decimal(1))
    rest = own + outside + fund_paid - bed - tests
    expenses = (Expense("床位费", bed), Expense("检查化验费", tests), Expense("药品费", rest, outside))
    card = case.card or row.get("bank_card") or bank_card(90_000 + place)
    at = now - datetime.timedelta(days=case.back, minutes=7 * place)
    return Stay(case, member, facts, hospital, expenses, card, at)


def _days(member: Member, case: Case, now: datetime.datetime) -> tuple[datetime.date, datetime.date]:
    """Under the cover: soon before it was filed, or soon after the cover began."""
    cover = Cover.objects.filter(member=member, state="begun").order_by("from_on").first()
    assert cover is not None
    nights = datetime.timedelta(days=case.nights)
    if case.early:
        start = cover.from_on + datetime.timedelta(days=4)
        return start, start + nights
    back = datetime.timedelta(days=case.back + 6 + case.earlier)
    end = min(day_of(now) - back, cover.until_on - back)
    return end - nights, end


class Papers:
    """Pages for all stays, drawn in one go: of claims that somebody still looks at each its own, else one set for all."""

    def __init__(self, stays: list[Stay]) -> None:
        own = [stay for stay in stays if stay.case.fate in LOOKED_AT]
        pages = [_identity(), _settlement(None), _invoice(None), _record(), *map(_word, LETTERS)]
        pages += [page for stay in own for page in (_settlement(stay), _invoice(stay))]
        made = drawn(pages)
        common = len(pages) - 2 * len(own)
        self.common = dict(zip(("identity", "settlement", "invoice", "record", *LETTERS), made[:common], strict=True))
        self.own = {id(stay): made[common + 2 * place :][:2] for place, stay in enumerate(own)}

    def of(self, stay: Stay) -> list[tuple[str, bytes]]:
        """Word and content of each page, in the order of the checklist."""
        found = dict(self.common)
        if id(stay) in self.own:
            found["settlement"], found["invoice"] = self.own[id(stay)]
        words = ["identity", "settlement", "invoice", "record"]
        words += {COUNTER: ["form"], CLERK: ["mandate"], MEMBER: []}[stay.case.source]
        if stay.case.place is cast.RIDERS:
            words.append("accident")
        return [(word, found[word]) for word in words]


LETTERS = {"form": "互助金申请书", "mandate": "委托书", "accident": "意外经过说明"}
LOOKED_AT = ("draft", "confirming", "first", "final", "returned")
"""Fates of claims whose papers somebody is going to look at."""


def _settlement(stay: Stay | None) -> Drawn:
    amounts = stay.facts["amounts"] if stay else {}
    named = (
        ("total", "医疗费总额"),
        ("fund_paid", "医保基金支付"),
        ("self_paid", "个人自付"),
        ("out_of_scope", "目录外自费"),
    )
    money = [(label, f"{amounts[key]} 元" if amounts else "见申请") for key, label in named]
    return Drawn("医疗保障基金结算清单", [*_who(stay), *money])


def _invoice(stay: Stay | None) -> Drawn:
    lines = [(one.item, f"{one.amount:.2f} 元") for one in stay.expenses] if stay else [("费用", "见申请")]
    return Drawn("住院医疗收费票据", [*_who(stay), *lines])


def _who(stay: Stay | None) -> list[tuple[str, str]]:
    if stay is None:
        return [("姓名", "（演示人物）"), ("医院", HOSPITALS[0][0])]
    days = f"{stay.facts['started_on']} 至 {stay.facts['ended_on']}"
    return [("姓名", stay.member.name), ("医院", stay.hospital), ("住院日期", days)]


def _record() -> Drawn:
    told = [
        ("入院情况", "因不适入院，检查见病历。"),
        ("诊疗经过", "完善检查，对症治疗，病情好转。"),
        ("出院医嘱", "注意休息，按时复诊。"),
    ]
    return Drawn("出院小结", told, seal="虚构\n病案室")


def _identity() -> Drawn:
    return Drawn("居民身份证（演示图）", [("姓名", "（演示人物）"), ("号码", "******************")], seal="样张")


def _word(word: str) -> Drawn:
    return Drawn(
        LETTERS[word], [("内容", "本人申请职工互助保障待遇，所述属实。"), ("签名", "（演示人物签名）")], seal="样张"
    )


# --- money, and what is looked at again ---------------------------------------------------------------------------------------


def _batch(union: Union, at: datetime.datetime, *, release: bool = True) -> Batch:
    """Whatever waits to be paid; released by the second person of finance."""
    batch = make_batch(fund=_fund(union), by=union.by(cast.FINANCE), at=at)
    if release:
        batch = release_batch(batch=batch, by=union.by(cast.SECOND_FINANCE), at=at + RELEASED_AFTER)
    return batch


def _looked_at_again(union: Union, now: datetime.datetime) -> None:
    """One member asks for a human review. Of another the first stay is corrected after one, so that a later stay, which had no
    days of allowance left, comes to something else: a task."""
    asks = Member.objects.get(account=union.accounts[cast.OBJECTOR.key])
    at = now - datetime.timedelta(days=2)
    text = "缴费日期应以单位转账当天为准，等待期已经过了，请再核一次。"
    refused = Claim.objects.get(member=asks)
    objections.ask_for_review(claim=refused, text=text, by=union.by(cast.OBJECTOR), at=at)
    often = _stay(union, next(iter(_cases())), 0, now).member
    first = Claim.objects.filter(member=often, state="approved").select_related("particulars").order_by("id")[0]
    facts = json.loads(first.particulars.facts)
    facts.pop("filed_on")
    shorter = datetime.date.fromisoformat(facts["started_on"]) + datetime.timedelta(days=9)
    task = objections.ask_for_review(
        claim=first, text="出院日期我填错了，应为第九天。", by=union.by(cast.SPECIALIST), at=at
    )
    objections.close_review_task(
        task=task,
        facts={**facts, "ended_on": shorter.isoformat()},
        answer="按出院小结更正了出院日期，津贴天数相应减少。",
        by=union.by(cast.SENIOR),
        at=at + datetime.timedelta(hours=20),
    )
