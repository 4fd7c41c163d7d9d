"""Which bills money may be for: by the number in its text, by amount, by payer and by the account it came from. Only suggestions:
nothing is matched without a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from django.db.models import Q, QuerySet

from mutualaid.contributions.models import Bill, Fund, StatementLine
from mutualaid.contributions.resting import same_payer, settled_of
from mutualaid.contributions.words import bill_numbers, payer_key

SUGGESTIONS_MOST = 10
TOGETHER_MOST = 14
"""Open bills of one payer among which sums are looked for, so that the search stays short."""
SUM_OF_MOST = 4
"""Bills in one sum, unless it is all of a payer's."""
KNOWN_MOST = 20
WEIGHTS = {"number": 45, "amount": 30, "account": 15, "name": 10}
"""Of 100: what a reason counts in the score. ``number``: the text tells the bill's number; ``amount``: it is what is still to be
paid; ``account``: money from this account paid bills of this payer before; ``name``: payer and payer of the bill are one."""


@dataclass(frozen=True)
class Suggestion:
    """Bills that money may be for, together exactly or not its amount. ``reasons``: of ``WEIGHTS``; ``total``: what of them
    is still to be paid (yuan). ``clear``: number, amount and payer, and no other bill like it: it may be offered as one click."""

    bills: tuple[Bill, ...]
    reasons: tuple[str, ...]
    total: Decimal
    clear: bool

    @property
    def score(self) -> int:
        """How much speaks for it, of 100."""
        return sum(WEIGHTS[reason] for reason in self.reasons)


def suggestions(*, line: StatementLine, amount: Decimal | None = None) -> list[Suggestion]:
    """What a line, or ``amount`` that is left of it, may be for, the likeliest first: open bills of its fund, and sums of several
    open bills of one payer that make it up."""
    money = line.amount if amount is None else amount
    numbers, key = bill_numbers(line.text), payer_key(line.payer_name)
    known = known_payers(line=line)
    by_payer = Q(payer_key=key) if key else Q(pk__in=[])
    for one in known:
        by_payer |= Q(**one)
    rows = Bill.objects.filter(fund=line.fund_id, state="issued").select_related("employer__unit")
    # What speaks for itself first; among bills that only have the amount, few are worth a look.
    named = list(rows.filter(Q(number__in=numbers) | by_payer).order_by("due_on", "id")[: SUGGESTIONS_MOST * 10])
    also = list(rows.filter(amount=money).order_by("due_on", "id")[: SUGGESTIONS_MOST * 5])
    part_paid = list(rows.filter(amount__gt=money, settlements__isnull=False).distinct().order_by("id")[:50])
    bills = {bill.pk: bill for bill in (*named, *also, *part_paid)}
    rests = _rests(bills.values())
    told = {pk: _reasons(bill, rests[pk], money, numbers, key, known) for pk, bill in bills.items()}
    sure = [pk for pk, reasons in told.items() if _is_sure(reasons)]
    made = [
        Suggestion((bill,), told[pk], rests[pk], clear=sure == [pk] and numbers == [bill.number])
        for pk, bill in bills.items()
        if told[pk]
    ]
    made += _sums(bills, rests, told, money)
    made.sort(key=lambda one: (-one.score, len(one.bills), one.bills[0].due_on, one.bills[0].pk))
    return made[:SUGGESTIONS_MOST]


def clear_hits(*, lines: Iterable[StatementLine]) -> dict[int, Bill]:
    """By the key of a line, the one bill that is clearly meant: its text tells one number only, that of an open bill of its fund
    of which just its amount is unpaid, and its payer, or the account it came from, is the bill's. For a whole page of lines
    at once."""
    rows = list(lines)
    told = {line.pk: bill_numbers(line.text) for line in rows}
    wanted = {numbers[0] for numbers in told.values() if len(numbers) == 1}
    bills = {bill.number: bill for bill in Bill.objects.filter(number__in=wanted, state="issued")}
    rests = _rests(bills.values())
    found = {}
    for line in rows:
        bill = bills.get(told[line.pk][0]) if len(told[line.pk]) == 1 else None
        if bill is None or (bill.fund_id, rests[bill.pk]) != (line.fund_id, line.amount):
            continue
        key = payer_key(line.payer_name)
        if (key and bill.payer_key == key) or _is_of(bill, known_payers(line=line)):
            found[line.pk] = bill
    return found


def known_payers(*, line: StatementLine) -> list[Mapping[str, object]]:
    """By what bills of those are found whose bills money from a line's account paid before (``resting.same_payer``)."""
    if line.payer_account_index is None:
        return []
    before = Bill.objects.filter(
        fund=line.fund_id,
        settlements__release=None,
        settlements__payment__line__payer_account_index=line.payer_account_index,
    )
    found: list[Mapping[str, object]] = []
    for bill in before.distinct().order_by("-id")[:KNOWN_MOST]:
        whose = same_payer(bill=bill)
        if whose not in found:
            found.append(whose)
    return found


def open_bills(*, fund: Fund, text: str) -> QuerySet[Bill]:
    """Bills of a fund that wait for payment, by number, by the employer's code or by a part of its name."""
    wanted = Q(number__iexact=text) | Q(payer_name__icontains=text) | Q(employer__unit__code__iexact=text)
    return Bill.objects.filter(wanted, fund=fund, state="issued").order_by("due_on", "id")


def _reasons(
    bill: Bill,
    rest: Decimal,
    money: Decimal,
    numbers: Sequence[str],
    key: str,
    known: Sequence[Mapping[str, object]],
) -> tuple[str, ...]:
    holds = {
        "number": bill.number in numbers,
        "amount": rest == money,
        "account": _is_of(bill, known),
        "name": bool(key) and bill.payer_key == key,
    }
    return tuple(reason for reason, held in holds.items() if held)


def _is_sure(reasons: Sequence[str]) -> bool:
    return "number" in reasons and "amount" in reasons and ("name" in reasons or "account" in reasons)


def _is_of(bill: Bill, known: Sequence[Mapping[str, object]]) -> bool:
    return same_payer(bill=bill) in known


def _rests(bills: Iterable[Bill]) -> dict[int, Decimal]:
    rows = list(bills)
    settled = settled_of(bills=rows)
    return {bill.pk: bill.amount - settled[bill.pk] for bill in rows}


def _sums(
    bills: Mapping[int, Bill],
    rests: Mapping[int, Decimal],
    told: Mapping[int, tuple[str, ...]],
    money: Decimal,
) -> list[Suggestion]:
    """Several bills that together make up the money: those whose numbers are told, or of those of a payer some."""
    found: dict[frozenset[int], Suggestion] = {}
    for reason in ("number", "account", "name"):
        group = [pk for pk in bills if reason in told[pk]][:TOGETHER_MOST]
        sizes = sorted({*range(2, min(SUM_OF_MOST, len(group)) + 1), *([len(group)] if len(group) > 1 else [])})
        first = next(
            (some for size in sizes for some in combinations(group, size) if sum(rests[pk] for pk in some) == money),
            None,
        )
        if first is not None and frozenset(first) not in found:
            shared = tuple(one for one in WEIGHTS if one == "amount" or all(one in told[pk] for pk in first))
            found[frozenset(first)] = Suggestion(tuple(bills[pk] for pk in first), shared, money, clear=False)
    return list(found.values())
