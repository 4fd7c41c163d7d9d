"""Reads for whoever pays for employers of other branches: their bills with what these are for, but of persons only how many.

Each is given rows that ``access`` lets somebody see; what they refer to is read with them wherever it stands.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum

from mutualaid.contributions.models import Bill, FeePart, Fund, PayerKind, Settlement, Subsidy
from mutualaid.contributions.resting import with_settled
from mutualaid.contributions.split_queries import classes_of, used_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover
from mutualaid.enrolment.package_models import Package

NOTHING = Decimal(0)


def told(*, among: QuerySet[Bill], keys: Sequence[int] | None = None) -> list[Bill]:
    """Bills with ``settled_amount``, employer, plan and fund; of ``keys`` alone where they are given."""
    rows = among if keys is None else among.filter(pk__in=keys)
    with within([EVERYTHING], reads=True):
        return list(with_settled(among=rows).select_related("employer__unit", "enrolment__version", "fund", "subsidy"))


def keys_of(*, among: QuerySet[Bill], most: int) -> list[int]:
    """The keys of bills in their order, though what they are filtered and ordered by may stand elsewhere."""
    with within([EVERYTHING], reads=True):
        return list(among.values_list("pk", flat=True)[:most])


def settlements_of(*, bill: Bill) -> list[Settlement]:
    """What was set against a bill, with its money: a union elsewhere sees when what it paid was received."""
    with within([EVERYTHING], reads=True):
        rows = bill.settlements.select_related("payment__line", "payment__order", "payment__fund__unit", "release")
        return list(rows.order_by("id"))


@dataclass(frozen=True)
class Owed:
    """What a payer's bills come to (yuan): what is still to be paid of how many, what of it is overdue, and what was paid."""

    open_bills: int
    open_amount: Decimal
    overdue_amount: Decimal
    paid_amount: Decimal


def owed(*, among: QuerySet[Bill], on: datetime.date) -> Owed:
    """Of the bills that were not cancelled."""
    with within([EVERYTHING], reads=True):
        rows = with_settled(among=among.exclude(state="cancelled").order_by())
        issued = rows.filter(state="issued")
        found = issued.aggregate(
            n=Count("pk"), rest=Sum("rest_amount"), late=Sum("rest_amount", filter=Q(due_on__lt=on))
        )
        paid = rows.aggregate(paid=Sum("settled_amount"))["paid"]
    return Owed(found["n"], found["rest"] or NOTHING, found["late"] or NOTHING, paid or NOTHING)


@dataclass(frozen=True)
class Transfer:
    """What is to be paid into one fund: the account, the bills by their numbers (at most ``SHOWN``), how many, and how much."""

    fund: Fund
    numbers: Sequence[str]
    bills: int
    amount: Decimal


SHOWN = 20


def transfers(*, among: QuerySet[Bill]) -> list[Transfer]:
    """What is open, by the fund into which it is paid: one transfer each may settle all of it."""
    found = []
    with within([EVERYTHING], reads=True):
        rows = with_settled(among=among.filter(state="issued").order_by())
        sums = rows.values("fund").annotate(n=Count("pk"), rest=Sum("rest_amount")).order_by("fund")
        for row in list(sums):
            numbers = among.filter(state="issued", fund=row["fund"]).order_by("due_on", "id")
            fund = Fund.objects.select_related("unit").get(pk=row["fund"])
            first = list(numbers.values_list("number", flat=True)[:SHOWN])
            found.append(Transfer(fund, first, row["n"], row["rest"] or NOTHING))
    return found


@dataclass(frozen=True)
class Budget:
    """A programme, what of its budget is granted, and what of that is paid (yuan)."""

    subsidy: Subsidy
    used: Decimal
    paid: Decimal

    @property
    def left(self) -> Decimal:
        """Of the budget."""
        rest: Decimal = self.subsidy.budget - self.used
        return rest

    @property
    def percent(self) -> int:
        """Of the budget that is granted."""
        return int(self.used * 100 / self.subsidy.budget)


def budgets(*, among: Sequence[Subsidy] | QuerySet[Subsidy]) -> list[Budget]:
    """Programmes with what is used of them."""
    with within([EVERYTHING], reads=True):
        rows = list(among)
        used = used_of(subsidies=rows)
        settled = with_settled(among=Bill.objects.filter(subsidy__in=rows).exclude(state="cancelled").order_by())
        paid = dict(settled.values_list("subsidy").annotate(paid=Sum("settled_amount")))
    return [Budget(one, used[one.pk], paid.get(one.pk) or NOTHING) for one in rows]


@dataclass(frozen=True)
class PartRow:
    """Persons of a bill for whom the same is paid: their group (empty: none), how many, and how much for each (yuan)."""

    group: str
    persons: int
    each: Decimal

    @property
    def amount(self) -> Decimal:
        """For all of them."""
        return self.each * self.persons


def parts_of(*, bill: Bill) -> list[PartRow]:
    """What a bill is made of, without saying of whom. They make up its amount."""
    with within([EVERYTHING], reads=True):
        parts = FeePart.objects.filter(bill=bill).order_by()
        # The employer pays its own part and what it collects of a member in one.
        each = parts.values("cover", group=F("cover__package_group")).annotate(each=Sum("amount"))
        counted: dict[tuple[str, Decimal], int] = {}
        for row in each.values_list("group", "each"):
            counted[row] = counted.get(row, 0) + 1
        if not counted:
            counted = {(of.group, of.fee): n for of, n in classes_of(enrolment=bill.enrolment) if of.fee}
    return [PartRow(group, n, amount) for (group, amount), n in sorted(counted.items())]


@dataclass(frozen=True)
class PersonRow:
    """One person's cover of a package, and what each payer bears of it (yuan), by kind and name."""

    cover: Cover
    each: Mapping[tuple[str, str], Decimal]


def persons_split(*, package: Package) -> tuple[list[tuple[str, str]], Iterator[PersonRow]]:
    """The payers (kind and name) of an accepted package, the employer first, and what each bears of each cover, by person: for
    the employer, whose staff they are."""
    with within([EVERYTHING], reads=True):
        each: dict[int, dict[tuple[str, str], Decimal]] = {}
        parts = FeePart.objects.filter(cover__enrolment__package=package).exclude(bill__state="cancelled")
        named = parts.values_list("cover", "payer_kind", "bill__payer_kind", "bill__payer_name", "amount")
        for cover, kind, billed, name, amount in named.iterator(chunk_size=5000):
            outside = kind not in (PayerKind.EMPLOYER, PayerKind.MEMBER)
            payer = (kind, name if outside else "billed" if billed == PayerKind.MEMBER else "")
            mine = each.setdefault(cover, {})
            mine[payer] = mine.get(payer, NOTHING) + amount
    order = [kind.value for kind in PayerKind]
    payers = {payer for mine in each.values() for payer in mine} | {(PayerKind.EMPLOYER.value, "")}
    columns = sorted(payers, key=lambda one: (order.index(one[0]), one[1]))
    covers = Cover.objects.filter(enrolment__package=package).exclude(state="cancelled")
    rows = covers.select_related("member", "version").order_by("member__name_key", "member", "id")

    def told_rows() -> Iterator[PersonRow]:
        # Whoever went to another branch since was of this roster all the same.
        with within([EVERYTHING], reads=True):
            for cover in rows.iterator(chunk_size=2000):
                # A plan of which nobody but the employer pays has no parts.
                yield PersonRow(cover, each.get(cover.pk) or {(PayerKind.EMPLOYER.value, ""): cover.fee_amount})

    return columns, told_rows()
