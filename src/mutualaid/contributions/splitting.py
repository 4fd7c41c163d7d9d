"""Who bears a fee: the parts of payers by rules, to the fen, for classes of persons who pay the same. Pure.

Persons of one fee, number of units and group form a class, so that a roster of 100,000 is a handful of sums. Parts are taken
in their order from what is left; the rest payer takes what remains, rounding included, so that parts make up the fee.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from mutualaid.contributions.split_models import WHOLE, PayerKind

FEN = 100


@dataclass(frozen=True, order=True)
class Payer:
    """Who bears a part. ``unit``: key of the union that pays; ``billed``: the members pay themselves; ``subsidy``: the key of its
    programme; ``holds``: whether covers wait for the payment."""

    kind: str
    name: str = ""
    unit: int = 0
    billed: bool = False
    subsidy: int = 0
    holds: bool = True


EMPLOYER = Payer(PayerKind.EMPLOYER)
MEMBER = Payer(PayerKind.MEMBER)


@dataclass(frozen=True)
class Part:
    """A payer's part of one person's fee: ``amount`` yuan for each unit, ``share`` in basis points of the fee, or the rest."""

    payer: Payer
    amount: Decimal | None = None
    share: int | None = None

    @property
    def is_rest(self) -> bool:
        """Whether it takes what others leave."""
        return self.amount is None and self.share is None

    def wanted(self, fee: int, units: int) -> int:
        """Fen of a fee, before what is left is looked at; shares are rounded half up."""
        if self.amount is not None:
            return int(self.amount * FEN) * units
        return (fee * (self.share or 0) * 2 + WHOLE) // (2 * WHOLE)


ALL_BY_EMPLOYER = (Part(EMPLOYER),)


@dataclass(frozen=True)
class Class:
    """Persons who pay the same: the fee of one (yuan), their units, their group in a package."""

    fee: Decimal
    units: int
    group: str = ""


@dataclass(frozen=True)
class Grant:
    """A subsidy as it stands: its part, what is ``left`` of the budget (yuan), for which groups (none: all)."""

    part: Part
    left: Decimal
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Slice:
    """``count`` persons of a class, from the ``first`` in the order of their covers on, and what each payer bears of one fee
    (yuan). What is nothing is left out."""

    of: Class
    first: int
    count: int
    each: Mapping[Payer, Decimal]


@dataclass(frozen=True)
class Split:
    """The fees of an enrolment by payers. ``beyond``: by the key of a subsidy, how many persons got less or nothing since its
    budget did not last."""

    slices: Sequence[Slice]
    beyond: Mapping[int, int] = field(default_factory=dict)

    @property
    def persons(self) -> int:
        """Of all classes."""
        return sum(one.count for one in self.slices)

    @property
    def total(self) -> Decimal:
        """All fees (yuan)."""
        return sum((one.of.fee * one.count for one in self.slices), Decimal(0))

    def totals(self) -> dict[Payer, Decimal]:
        """What each payer bears in all (yuan), the employer first, then the member."""
        found: dict[Payer, Decimal] = {}
        for one in self.slices:
            for payer, amount in one.each.items():
                found[payer] = found.get(payer, Decimal(0)) + amount * one.count
        order = [kind.value for kind in PayerKind]
        return dict(sorted(found.items(), key=lambda row: (order.index(row[0].kind), row[0])))

    def heads(self, payer: Payer) -> int:
        """For how many persons a payer bears something."""
        return sum(one.count for one in self.slices if payer in one.each)


def split_one(fee: Decimal, units: int, parts: Sequence[Part], own: Part | None = None) -> dict[Payer, Decimal]:
    """One person's fee (yuan) by payers. ``own``: the members' part as the employer chose it, of what the rule leaves to employer
    and members. Without a rest payer the employer is it."""
    fen = _fen(fee, units, parts, own)
    return {payer: Decimal(part) / FEN for payer, part in fen.items() if part}


def _fen(fee: Decimal, units: int, parts: Sequence[Part], own: Part | None) -> dict[Payer, int]:
    whole = left = int(fee * FEN)
    found: dict[Payer, int] = {}
    for part in parts:
        if not part.is_rest:
            found[part.payer] = found.get(part.payer, 0) + (taken := min(left, part.wanted(whole, units)))
            left -= taken
    rest = _rest(parts)
    found[rest] = found.get(rest, 0) + left
    if own is not None:
        pool = sum(found.pop(payer) for payer in list(found) if payer.kind in (PayerKind.EMPLOYER, PayerKind.MEMBER))
        members = min(pool, own.wanted(whole, units))
        found |= {EMPLOYER: pool - members, own.payer: members}
    return found


def _rest(parts: Iterable[Part]) -> Payer:
    return next((part.payer for part in parts if part.is_rest), EMPLOYER)


def split(
    *,
    classes: Sequence[tuple[Class, int]],
    rules: Mapping[str, Sequence[Part]],
    own: Mapping[str, Part] | None = None,
    grants: Sequence[Grant] = (),
) -> Split:
    """Classes with their numbers of persons, by the rules of their groups (``""``: of everybody else). Subsidies take from what
    the rest payer bears, then from members and employer, person by person while the budget lasts."""
    left = {grant.part.payer.subsidy: int(grant.left * FEN) for grant in grants}
    beyond: dict[int, int] = {}
    made: list[Slice] = []
    for of, count in classes:
        parts = rules.get(of.group) or rules.get("") or ALL_BY_EMPLOYER
        each = _fen(of.fee, of.units, parts, (own or {}).get(of.group))
        pieces = [(0, count, each)]
        for grant in grants:
            if not grant.groups or of.group in grant.groups:
                pieces = _granted(pieces, grant, of, _rest(parts), left, beyond)
        for first, number, borne in pieces:
            yuan = {payer: Decimal(fen) / FEN for payer, fen in borne.items() if fen}
            made.append(Slice(of, first, number, yuan))
    return Split(made, beyond)


Piece = tuple[int, int, dict[Payer, int]]


def _granted(
    pieces: Iterable[Piece], grant: Grant, of: Class, rest: Payer, left: dict[int, int], beyond: dict[int, int]
) -> list[Piece]:
    """The pieces of a class with a subsidy: who still gets it, and who comes after its budget is used up."""
    key = grant.part.payer.subsidy
    found: list[Piece] = []
    for first, count, each in pieces:
        helped, taken = _helped(each, grant.part, of, rest)
        if not taken:
            found.append((first, count, each))
            continue
        lasts = min(count, left[key] // taken)
        left[key] -= lasts * taken
        if lasts:
            found.append((first, lasts, helped))
        if lasts < count:
            beyond[key] = beyond.get(key, 0) + count - lasts
            found.append((first + lasts, count - lasts, each))
    return found


def _helped(each: Mapping[Payer, int], part: Part, of: Class, rest: Payer) -> tuple[dict[Payer, int], int]:
    """One person's parts with a subsidy in them, and how much it is (fen)."""
    bears = dict(each)
    own = [payer for payer in bears if payer.kind in (PayerKind.MEMBER, PayerKind.EMPLOYER) and payer != rest]
    order = [payer for payer in (rest, *sorted(own, key=lambda one: one.kind != PayerKind.MEMBER)) if payer in bears]
    wanted = part.wanted(int(of.fee * FEN), of.units)
    taken = 0
    for payer in order:
        some = min(bears[payer], wanted - taken)
        bears[payer] -= some
        taken += some
    return bears | {part.payer: taken}, taken


def collected(totals: Mapping[Payer, Decimal]) -> dict[Payer, Decimal]:
    """By who is billed: members' parts that the employer collects are the employer's to pay."""
    found: dict[Payer, Decimal] = {}
    for payer, amount in totals.items():
        debtor = EMPLOYER if payer.kind == PayerKind.MEMBER and not payer.billed else replace(payer)
        found[debtor] = found.get(debtor, Decimal(0)) + amount
    return found
