"""What the contract says of all plans: which events live, which cover counts, what a line looks like, what is remembered.

A plan module describes its benefits (``Benefit``): ``examine`` says what is missing, failed or unknown, ``reckon`` does the
sum. ``decide`` walks through the events like a clerk with a book: every payment is written into the book, and whatever a
later line must know (caps used up, claims counted, once-only) is found by reading the book from the beginning.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

from .bills import NOTHING, bill_of, burden, disagrees

Case = Mapping[str, Any]
Event = Mapping[str, Any]
Cover = Mapping[str, Any]
Line = dict[str, Any]

# Contract, "reasons": "gates first, in the order of this list". The two middle words are the reasons of a referral.
ORDER_OF_REASONS = (
    "not_covered plan_excluded duplicate_cover age sex employment insurance groups waiting_period found_before_cover filed_late "
    "hospital_level exclusion not_accident diagnosis_not_listed operation_not_listed severity disability_grade too_few_days "
    "already_paid_once excluded_with_other_benefit claim_count_reached fact_unknown amount_unknown amounts_disagree"
).split()
# Reasons that come out of the sum or of what was paid before: an open earlier event could still change them.
DEPENDS_ON_THE_BOOK = frozenset(
    "already_paid_once claim_count_reached below_deductible cap_reached exceeds_out_of_pocket".split()
)


class AmountUnknown(Exception):
    """The sum needs amounts that nobody has reported. Carries their names; the line is referred for a person to find them."""

    def __init__(self, *missing: str) -> None:
        super().__init__(f"expected the amounts {', '.join(missing)}, found none; refer the line")
        self.missing = list(missing)


@dataclass(frozen=True)
class Payment:
    """One line of the book: what a benefit paid, for which event, in the period that began on ``period`` (None: no cover)."""

    event: str
    benefit: str
    period: str | None
    amount: Fraction
    reimburses: bool


@dataclass
class Claim:
    """One benefit asked for one event, with everything the clerk may look at."""

    case: Case
    event: Event
    counting_on: date
    covers: list[Cover]
    book: list[Payment]
    bill: dict[str, Fraction] = field(init=False)

    def __post_init__(self) -> None:
        self.bill = bill_of(self.event)

    @property
    def period(self) -> str | None:
        """Counters of a period belong to the earliest cover that contains the counting date."""
        return self.covers[0]["from"] if self.covers else None

    def fact(self, name: str) -> Any:
        return self.event.get(name)

    def member_fact(self, name: str) -> Any:
        return (self.case.get("member") or {}).get(name)

    def paid_in_period(self, *benefits: str) -> Fraction:
        return sum((p.amount for p in self.payments(*benefits) if p.period == self.period), NOTHING)

    def payments(self, *benefits: str) -> list[Payment]:
        return [payment for payment in self.book if payment.benefit in benefits]

    def units(self, most: int) -> int:
        """Contract, arithmetic 3: units of overlapping covers add up to the plan's maximum."""
        return min(sum(cover.get("units") or 1 for cover in self.covers), most)


@dataclass
class Findings:
    """What stands against a claim before any sum is done."""

    not_triggered: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def trigger(self, reason: str, holds: bool | None, fact: str) -> None:
        """``holds`` None: ``fact`` is not known, so nobody can say."""
        self._note(self.not_triggered, reason, holds, fact)

    def gate(self, reason: str, holds: bool | None, fact: str = "") -> None:
        self._note(self.failed, reason, holds, fact)

    def need(self, fact: str, value: object) -> None:
        """The sum can't be done without ``fact``."""
        if value is None:
            self.unknown.append(fact)

    def _note(self, pile: list[str], reason: str, holds: bool | None, fact: str) -> None:
        if holds is None:
            self.unknown.append(fact)
        elif not holds:
            pile.append(reason)


@dataclass
class Sum:
    """The running figure of one line in yuan, and the cuts it has suffered, each named once."""

    amount: Fraction
    reasons: list[str] = field(default_factory=list)

    def cut(self, limit: Fraction, reason: str) -> None:
        """Contract, arithmetic 6: never above the limit, and the cut is named whether or not something is left."""
        limit = max(limit, NOTHING)
        if self.amount > limit:
            self.amount = limit
            if reason not in self.reasons:
                self.reasons.append(reason)

    def indemnify(self, claim: Claim) -> None:
        """Contract, arithmetic 7: together with earlier reimbursements of the event, never more than the person bore.

        Raises:
            AmountUnknown: something would be paid, but the burden isn't known.
        """
        if self.amount == 0:
            return
        borne = burden(claim.bill)
        if borne is None:
            raise AmountUnknown("amounts.self_paid")
        earlier = (p.amount for p in claim.book if p.event == claim.event["event"] and p.reimburses)
        self.cut(borne - claim.bill.get("other_aid_paid", NOTHING) - sum(earlier), "exceeds_out_of_pocket")


@dataclass(frozen=True)
class Benefit:
    """A benefit as the prose gives it. ``remembers``: has a cap, count or once-only rule that outlives the event."""

    name: str
    kinds: frozenset[str]
    examine: Callable[[Claim], Findings]
    reckon: Callable[[Claim], Sum]
    remembers: bool
    reimburses: bool = False
    needs_accident: bool = False


def to_fen(amount: Fraction) -> Fraction:
    """Contract, arithmetic 5: rounded half up to the fen."""
    return Fraction(floor(amount * 100 + Fraction(1, 2)), 100)


def sum_of_segments(amount: Fraction, segments: Sequence[tuple[int | None, int]]) -> Fraction:
    """分段计算: each (upper end or None, per cent) takes its share of the part of ``amount`` that lies in it. Not rounded."""
    result, lower = NOTHING, NOTHING
    for upper, per_cent in segments:
        top = amount if upper is None else min(amount, Fraction(upper))
        if top > lower:
            result += (top - lower) * Fraction(per_cent, 100)
            lower = top
    return result


def known_sum(claim: Claim, *names: str) -> Fraction:
    """A base: the sum of the named amounts.

    Raises:
        AmountUnknown: with the names of those that are unknown.
    """
    missing = [f"amounts.{name}" for name in names if name not in claim.bill]
    if missing:
        raise AmountUnknown(*missing)
    return sum((claim.bill[name] for name in names), NOTHING)


def one_of(value: Any, wanted: Sequence[Any]) -> bool | None:
    """Whether a fact is one of the wanted ones; None when it is unknown."""
    return None if value is None else value in wanted


def days_in_hospital(event: Event) -> int | None:
    """算入不算出, at least 1 (contract, a case)."""
    if event.get("ended_on") is None:
        return None
    return max(1, (day(event["ended_on"]) - day(event["started_on"])).days)


def full_years(born: date, on: date) -> int:
    """Contract, arithmetic 2: age in full years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def day(text: str) -> date:
    return date.fromisoformat(text)


def joined_on(cover: Cover) -> date:
    return day(cover.get("joined_on") or cover["from"])


def days_after(start: date, days: int) -> date:
    """Contract, arithmetic 2: n days admit the date + n."""
    return start + timedelta(days=days)


def decide(case: Case, plan: str, benefits: Sequence[Benefit]) -> list[Line]:
    """All lines of a case whose covers are of one plan, in the contract's order (events as given, benefits as listed)."""
    if not any(cover["plan"] == plan for cover in case["covers"]):
        return []
    book: list[Payment] = []
    decided: dict[tuple[str, str], Line] = {}
    earlier_event_referred = False
    for event in in_order_of_counting(case["events"]):
        referred = False
        for benefit in benefits:
            if event["kind"] in benefit.kinds:
                line = _decide_line(case, plan, event, benefit, book)
                touches_the_book = line["outcome"] == "pay" or DEPENDS_ON_THE_BOOK & set(line["reasons"])
                if earlier_event_referred and benefit.remembers and touches_the_book:
                    line["provisional"] = True
                referred = referred or line["outcome"] == "refer"
                decided[event["event"], benefit.name] = line
        earlier_event_referred = earlier_event_referred or referred
    lines = []
    for event in case["events"]:
        for benefit in benefits:
            if event["kind"] in benefit.kinds:
                never_been = _line(event, plan, benefit, "none", ["reversed"])
                lines.append(decided.get((event["event"], benefit.name), never_been))
    return _with_payments_so_far(case, lines)


def in_order_of_counting(events: Sequence[Event]) -> list[Event]:
    """The events that count. A replacement stands in the place of what it replaces; a reversal takes away both."""
    order = list(events)
    never_been = set()
    for event in events:
        if event.get("reverses"):
            never_been |= {event["reverses"], event["event"]}
        if event.get("replaces"):
            never_been.add(event["replaces"])
            order.remove(event)
            replaced = next(i for i, other in enumerate(order) if other["event"] == event["replaces"])
            # Directly before the dead event: the next replacement in the chain then finds its own place in the same way.
            order.insert(replaced, event)
    return [event for event in order if event["event"] not in never_been]


def _decide_line(case: Case, plan: str, event: Event, benefit: Benefit, book: list[Payment]) -> Line:
    """One line, and its payment written into the book."""
    claim = _claim(case, plan, event, benefit, book)
    findings = benefit.examine(claim)
    findings.gate("not_covered", bool(claim.covers))
    if findings.not_triggered:  # Arithmetic 4: what triggers the benefit isn't there.
        return _line(event, plan, benefit, "none", _sorted(findings.not_triggered))
    if findings.failed:  # Arithmetic 4: all gates that fail are named, and the formula is not run.
        return _line(event, plan, benefit, "refuse", _sorted(findings.failed))
    doubts = ["fact_unknown"] if findings.unknown else []
    doubts += ["amounts_disagree"] if disagrees(claim.bill) else []
    if doubts:  # A person must look first; no sum is done on facts that nobody trusts.
        return _line(event, plan, benefit, "refer", doubts, missing=findings.unknown)
    try:
        result = benefit.reckon(claim)
    except AmountUnknown as unknown:
        return _line(event, plan, benefit, "refer", ["amount_unknown"], missing=unknown.missing)
    if result.amount == 0:
        return _line(event, plan, benefit, "refuse", result.reasons)
    # Arithmetic 8: only what is paid uses anything up.
    book.append(Payment(event["event"], benefit.name, claim.period, result.amount, benefit.reimburses))
    return _line(event, plan, benefit, "pay", result.reasons, amount=result.amount)


def _claim(case: Case, plan: str, event: Event, benefit: Benefit, book: list[Payment]) -> Claim:
    """Arithmetic 1: the counting date (the accident's, for benefits that need one) chooses the covers, ``from`` inclusive."""
    counting = event.get("accident_on") if benefit.needs_accident else None
    counting_on = day(counting or event["started_on"])
    covers = [
        cover
        for cover in case["covers"]
        if cover["plan"] == plan and day(cover["from"]) <= counting_on < day(cover["until"])
    ]
    return Claim(case, event, counting_on, sorted(covers, key=lambda cover: str(cover["from"])), book)


def _line(
    event: Event,
    plan: str,
    benefit: Benefit,
    outcome: str,
    reasons: list[str],
    *,
    amount: Fraction = NOTHING,
    missing: Sequence[str] = (),
) -> Line:
    line = {"event": event["event"], "plan": plan, "benefit": benefit.name, "outcome": outcome}
    line |= {"amount": money(amount), "reasons": reasons}
    return line | {"missing": list(missing)} if missing else line


def _with_payments_so_far(case: Case, lines: list[Line]) -> list[Line]:
    """Contract, a case: with ``paid`` given, lines add what was really paid and what is still due (may be negative)."""
    if case.get("paid") is None:
        return lines
    for line in lines:
        place = (line["event"], line["plan"], line["benefit"])
        before = sum(
            (Fraction(Decimal(p["amount"])) for p in case["paid"] if (p["event"], p["plan"], p["benefit"]) == place),
            NOTHING,
        )
        line["paid_before"] = money(before)
        line["due"] = money(Fraction(Decimal(line["amount"])) - before)
    return lines


def money(amount: Fraction) -> str:
    """Yuan with two decimals. The amount must already be whole fen."""
    fen = amount * 100
    if fen.denominator != 1:
        raise ValueError(f"expected whole fen, found {amount} yuan; round after the rate step")
    return f"{Decimal(fen.numerator) / 100:.2f}"


def _sorted(reasons: list[str]) -> list[str]:
    return sorted(reasons, key=ORDER_OF_REASONS.index)
