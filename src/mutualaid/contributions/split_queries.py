"""Reads of who bears the fee: which rule holds for an employer, what is left of subsidies, and an enrolment's fees by payers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from mutualaid.contributions.models import Bill, FeeSplit, FeeSplitPart, OwedPart, PayerKind, Subsidy
from mutualaid.contributions.splitting import MEMBER, Class, Grant, Part, Payer, Split, split
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.composition import GroupWanted, PlanWanted, wanted_of
from mutualaid.enrolment.models import Cover, Enrolment
from mutualaid.enrolment.package_models import Package, PackagePlan
from mutualaid.enrolment.packages import Price, groups_of, prices_of
from mutualaid.people.access import NotFound
from mutualaid.people.models import Employer, Unit
from mutualaid.plans.models import PlanVersion

# --- rules ------------------------------------------------------------------------------------------------------------


def rules_in_force(*, unit: Unit, version: PlanVersion, on: datetime.date) -> list[FeeSplit]:
    """The rules of the units on a unit's path that say something of a version on a day, the one that holds first."""
    found = FeeSplit.objects.filter(
        Q(version=None) | Q(version=version),
        Q(until_on=None) | Q(until_on__gt=on),
        unit__in=_chain(unit),
        from_on__lte=on,
    )
    rows = found.select_related("unit").prefetch_related("parts__payer_unit")
    return sorted(rows, key=lambda one: (-len(one.unit.path), one.version_id is None, one.group == "", -one.pk))


def rules_of(*, employer: Employer, version: PlanVersion, on: datetime.date) -> dict[str, list[Part]]:
    """The parts by group (``""``: everybody else) of whoever enrols at an employer in a version on a day. Empty: the employer
    bears all."""
    found: dict[str, list[Part]] = {}
    for rule in rules_in_force(unit=employer.unit, version=version, on=on):
        found.setdefault(rule.group, [_part(one) for one in rule.parts.all()])
    return found


def _part(row: FeeSplitPart) -> Part:
    return Part(_payer(row.payer_kind, row.payer_unit, row.payer_name, billed=row.billed), row.amount, row.share)


def _payer(kind: str, unit: Unit | None, name: str, *, billed: bool = False) -> Payer:
    return Payer(kind, unit.name if unit is not None else name, unit.pk if unit is not None else 0, billed)


def _chain(unit: Unit) -> list[int]:
    return [int(part) for part in unit.path.split("/") if part]


def own_parts(*, package: Package, version: PlanVersion) -> dict[str, Part]:
    """The members' parts by group that an employer chose for a plan of its package."""
    rows = PackagePlan.objects.filter(group__package=package, version=version).select_related("group")
    payer = replace(MEMBER, billed=package.members_pay)
    return {row.group.name: part for row in rows if (part := _own_part(row, payer)) is not None}


# --- subsidies --------------------------------------------------------------------------------------------------------


def used_of(*, subsidies: Iterable[Subsidy]) -> dict[int, Decimal]:
    """What was granted of each programme (by key; yuan): its bills that are not cancelled, and what of it is promised to gig
    workers and not billed yet."""
    keys = [one.pk for one in subsidies]
    with within([EVERYTHING], reads=True):
        rows = Bill.objects.filter(subsidy__in=keys).exclude(state="cancelled").order_by().values_list("subsidy")
        used = dict.fromkeys(keys, Decimal(0)) | dict(rows.annotate(total=Sum("amount")))
        owed = OwedPart.objects.filter(subsidy__in=keys, bill=None).exclude(cover__state="cancelled").order_by()
        for key, amount in owed.values_list("subsidy").annotate(total=Sum("amount")):
            used[key] += amount
        return used


def grants_of(
    *,
    employer: Employer,
    version: PlanVersion,
    on: datetime.date,
    lock: bool = False,
    spent: Mapping[int, Decimal] | None = None,
) -> list[Grant]:
    """The subsidies for who enrols at an employer in a version on a day, in the order in which they were granted. ``lock``:
    within a transaction nobody else uses their budgets; ``spent``: what is used beside (yuan), by key."""
    wanted = Subsidy.objects.filter(
        Q(plans=[]) | Q(plans__overlap=[version.plan, version.family]),
        state="open",
        office__in=_chain(employer.unit),
        from_on__lte=on,
        until_on__gt=on,
    )
    if lock:
        wanted = wanted.select_for_update(no_key=True, of=("self",))
    rows = list(wanted.select_related("payer_unit").order_by("id"))
    used = used_of(subsidies=rows) if rows else {}
    return [_grant(row, row.budget - used[row.pk] - (spent or {}).get(row.pk, Decimal(0))) for row in rows]


def _grant(row: Subsidy, left: Decimal) -> Grant:
    payer = _payer(row.payer_kind, row.payer_unit, row.payer_name)
    payer = replace(payer, subsidy=row.pk, holds=not row.granted)
    return Grant(Part(payer, row.amount, row.share), max(left, Decimal(0)), tuple(row.groups))


# --- an enrolment's fees ----------------------------------------------------------------------------------------------


def classes_of(*, enrolment: Enrolment) -> list[tuple[Class, int]]:
    """Persons by fee, units and group: of the covers, before acceptance of the roster. One statement, whatever their number."""
    rows: QuerySet[Cover] = Cover.objects.filter(enrolment=enrolment).exclude(state="cancelled")
    if enrolment.state != "accepted":
        rows = enrolment.rows.filter(taken=True)  # type: ignore[assignment]
    counted = rows.order_by("fee_amount", "units", "package_group").values_list("fee_amount", "units", "package_group")
    return [(Class(fee, units, group), count) for fee, units, group, count in counted.annotate(n=Count("id"))]


def fee_split(
    *, enrolment: Enrolment, on: datetime.date, lock: bool = False, spent: Mapping[int, Decimal] | None = None
) -> Split:
    """An enrolment's fees by payers as they are, or before acceptance would be, on a day. Slices go by the keys of covers."""
    with within([EVERYTHING], reads=True):
        version, package = enrolment.version, enrolment.package
        grants = grants_of(employer=enrolment.employer, version=version, on=on, lock=lock, spent=spent)
        return split(
            classes=classes_of(enrolment=enrolment),
            rules=rules_of(employer=enrolment.employer, version=version, on=on),
            own=own_parts(package=package, version=version) if package is not None else {},
            grants=grants,
        )


@dataclass(frozen=True)
class PlanSplit:
    """A plan of a package with its fees by payers."""

    enrolment: Enrolment
    split: Split


def package_split(*, package: Package, on: datetime.date) -> list[PlanSplit]:
    """A package's fees by plan and payer, before or after acceptance; what one plan uses of a subsidy, the next has not."""
    found = []
    spent: dict[int, Decimal] = {}
    waits = package.state in ("draft", "submitted")
    for enrolment in (
        package.enrolments.exclude(state="cancelled").select_related("version", "employer__unit").order_by("id")
    ):
        made = fee_split(enrolment=enrolment, on=on, spent=spent) if waits else settled_split(enrolment=enrolment)
        for payer, amount in made.totals().items():
            if payer.subsidy:
                spent[payer.subsidy] = spent.get(payer.subsidy, Decimal(0)) + amount
        found.append(PlanSplit(enrolment, made))
    return found


def settled_split(*, enrolment: Enrolment) -> Split:
    """The fees of an accepted enrolment as they were billed, by payers: one slice for each payer's part."""
    from mutualaid.contributions.splitting import EMPLOYER, Slice

    with within([EVERYTHING], reads=True):
        bills = Bill.objects.filter(enrolment=enrolment).exclude(state="cancelled")
        rows = bills.filter(parts__isnull=False).values(
            "parts__payer_kind", "payer_kind", "payer_unit", "payer_name", "subsidy", "holds_cover",
            fee=F("parts__cover__fee_amount"), units=F("parts__cover__units"), group=F("parts__cover__package_group"),
            amount_each=F("parts__amount"),
        ).annotate(n=Count("parts")).order_by("group", "fee", "units", "payer_kind")  # fmt: skip
        slices = []
        for row in rows:
            kind = row["parts__payer_kind"]
            outside = kind not in (PayerKind.EMPLOYER, PayerKind.MEMBER)
            payer = Payer(
                kind,
                row["payer_name"] if outside else "",
                row["payer_unit"] or 0,
                row["payer_kind"] == PayerKind.MEMBER,
                row["subsidy"] or 0,
                row["holds_cover"],
            )
            of = Class(row["fee"], row["units"], row["group"])
            slices.append(Slice(of, 0, row["n"], {payer: row["amount_each"]}))
        if not slices:
            slices = [
                Slice(of, 0, n, {EMPLOYER: of.fee} if of.fee else {}) for of, n in classes_of(enrolment=enrolment)
            ]
        return Split(slices)


# --- bills of an enrolment --------------------------------------------------------------------------------------------


def standing_bills(*, enrolment: Enrolment) -> QuerySet[Bill]:
    """Those that were not cancelled, the employer's first."""
    bills = Bill.objects.filter(enrolment=enrolment).exclude(state="cancelled").select_related("fund", "payer_unit")
    return bills.annotate(others=Coalesce(F("payer_member"), 0)).order_by("others", "id")


def is_unpaid(*, enrolments: Iterable[Enrolment]) -> bool:
    """Whether there are bills for some enrolments, and nobody has paid any of them or a part of it."""
    with within([EVERYTHING], reads=True):
        standing = Bill.objects.filter(enrolment__in=list(enrolments)).exclude(state="cancelled")
        return standing.exists() and not standing.filter(Q(state="paid") | Q(settlements__isnull=False)).exists()


@dataclass(frozen=True)
class OtherPayers:
    """What an employer's clerk hears of who else pays: the kind, the name of a union or programme, how many bills and how many of
    them are paid. No amounts."""

    kind: str
    name: str
    bills: int
    paid: int
    holds: bool


def other_payers(*, enrolments: Iterable[Enrolment]) -> list[OtherPayers]:
    """Who pays beside the employer, members together, for some of its enrolments."""
    with within([EVERYTHING], reads=True):
        among = Bill.objects.filter(enrolment__in=list(enrolments)).exclude(state="cancelled")
        rows = among.exclude(payer_kind=PayerKind.EMPLOYER).order_by().values_list(
            "payer_kind", "payer_unit__name", "subsidy__name", "holds_cover"
        ).annotate(n=Count("id"), paid=Count("id", filter=Q(state="paid")))  # fmt: skip
        outside = among.exclude(payer_kind__in=(PayerKind.EMPLOYER, PayerKind.MEMBER))
        names = {(one.payer_kind, one.payer_unit_id): one.payer_name for one in outside.filter(payer_unit=None)}
        return [
            OtherPayers(kind, program or unit or names.get((kind, None), ""), n, paid, holds)
            for kind, unit, program, holds, n, paid in sorted(rows, key=str)
        ]


# --- what one person costs --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PlanPrice:
    """A plan of a group, its fee for one person, and who bears it (yuan)."""

    price: Price
    each: Mapping[Payer, Decimal]


@dataclass(frozen=True)
class GroupPrice:
    """A group with its plans and what one person costs, by payers (yuan)."""

    group: GroupWanted
    plans: list[PlanPrice]

    @property
    def fee(self) -> Decimal:
        """Of all its plans."""
        return sum((one.price.fee for one in self.plans), Decimal(0))

    @property
    def each(self) -> dict[Payer, Decimal]:
        """What each payer bears of it."""
        found: dict[Payer, Decimal] = {}
        for one in self.plans:
            for payer, amount in one.each.items():
                found[payer] = found.get(payer, Decimal(0)) + amount
        return found


@dataclass(frozen=True)
class Estimate:
    """What a package costs: one person of each group, and, of the groups of which it is told how many are in them, all persons by
    payers as far as budgets of subsidies last. ``beyond``: how often a subsidy is not got, since its budget does not."""

    groups: list[GroupPrice]
    persons: int
    totals: Mapping[Payer, Decimal]
    beyond: int

    @property
    def total(self) -> Decimal:
        """Of all payers (yuan)."""
        return sum(self.totals.values(), Decimal(0))


def price_table(*, package: Package, on: datetime.date) -> list[GroupPrice]:
    """What one person of each group costs and who bears it, as rules and subsidies are on a day."""
    groups = [wanted_of(group=one) for one in groups_of(package=package)]
    return estimate_of(employer=package.employer, groups=groups, members_pay=package.members_pay, on=on).groups


def estimate_of(*, employer: Employer, groups: Sequence[GroupWanted], members_pay: bool, on: datetime.date) -> Estimate:
    """What groups of staff would cost with their plans, before anything is kept; as rules and subsidies are on a day. Raises
    NoSuchPrice."""
    priced: dict[tuple[int, int], PlanPrice] = {}
    totals: dict[Payer, Decimal] = {}
    spent: dict[int, Decimal] = {}
    beyond = 0
    prices = [prices_of(group=one) for one in groups]
    versions = {price.plan.version.pk: price.plan.version for several in prices for price in several}
    payer = replace(MEMBER, billed=members_pay)
    with within([EVERYTHING], reads=True):
        for key, version in versions.items():
            rules = rules_of(employer=employer, version=version, on=on)
            grants = grants_of(employer=employer, version=version, on=on)
            mine = [
                (place, group, price)
                for place, group in enumerate(groups)
                for price in prices[place]
                if price.plan.version.pk == key
            ]
            # One plan after the other, as they are billed: what one uses of a budget, the next has not.
            left = [replace(one, left=one.left - spent.get(one.part.payer.subsidy, Decimal(0))) for one in grants]
            own = {group.name: part for _, group, price in mine if (part := _own_part(price.plan, payer)) is not None}
            for place, group, price in mine:
                of = Class(price.fee, price.plan.units, group.name)
                priced[place, key] = PlanPrice(
                    price, split(classes=[(of, 1)], rules=rules, own=own, grants=grants).slices[0].each
                )
            counted = [
                (Class(price.fee, price.plan.units, group.name), group.headcount)
                for _, group, price in mine
                if group.headcount
            ]
            made = split(classes=counted, rules=rules, own=own, grants=left)
            beyond += sum(made.beyond.values())
            for who, amount in made.totals().items():
                totals[who] = totals.get(who, Decimal(0)) + amount
                if who.subsidy:
                    spent[who.subsidy] = spent.get(who.subsidy, Decimal(0)) + amount
    tables = [
        GroupPrice(group, [priced[place, price.plan.version.pk] for price in prices[place]])
        for place, group in enumerate(groups)
    ]
    return Estimate(tables, sum(one.headcount or 0 for one in groups), totals, beyond)


def _own_part(plan: PlanWanted | PackagePlan, payer: Payer) -> Part | None:
    """The members' part of a plan as the employer chose it, if it did."""
    if plan.member_amount is None and plan.member_share is None:
        return None
    return Part(payer, plan.member_amount, plan.member_share)


# --- what members pay themselves --------------------------------------------------------------------------------------


def own_bills(*, among: QuerySet[Bill]) -> list[Bill]:
    """A member's own bills, open ones first, with plan, fund and employer: these stand in branches that the member does not
    see."""
    with within([EVERYTHING], reads=True):
        rows = among.select_related("enrolment__version", "fund", "employer__unit")
        return sorted(rows.order_by("-id")[:200], key=lambda one: one.state != "issued")


def own_bill(*, among: QuerySet[Bill], number: str) -> Bill:
    """One of them by its number. Raises NotFound."""
    found = next(iter(own_bills(among=among.filter(number=number))), None)
    if found is None:
        raise NotFound("没有找到该账单，请核对账单编号", "no such bill was found; check the number")
    return found
