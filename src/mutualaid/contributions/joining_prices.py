"""What a gig worker pays who joins, and who bears the rest, by the office's rules and subsidies; not quite as for rosters.

Who a page, a platform's batch or a station names as its payer stands where a rule says the employer. A member's part is the
member's to pay on the phone, and the payer's where somebody else enrols. No cover waits for anybody but the member, or the
station: subsidies that are no promise are left out.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from mutualaid.contributions.models import PayerKind, Subsidy
from mutualaid.contributions.split_queries import grants_of, rules_of
from mutualaid.contributions.splitting import MEMBER, Class, Grant, Part, Payer, Split, split
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import JoiningPage
from mutualaid.people.models import Employer
from mutualaid.plans.models import PlanVersion

THEMSELVES = replace(MEMBER, billed=True)
"""Members who pay on the phone: their covers wait for it."""


@dataclass(frozen=True)
class Quote:
    """What somebody who joins now pays of a fee (``own``, yuan), what others bear, by name; and the subsidies that would have
    borne something if their budget were not used up."""

    fee: Decimal
    own: Decimal
    borne: tuple[tuple[str, Decimal], ...] = ()
    used_up: tuple[str, ...] = ()


def payer_of(*, page: JoiningPage) -> Payer:
    """Who bears what rules and subsidies leave of the fees of a page."""
    if page.payer_kind == PayerKind.MEMBER:
        return THEMSELVES
    name = page.payer_name or page.employer.unit.name
    return Payer(page.payer_kind, name, page.payer_unit_id or 0, holds=False)


def gig_split(
    *,
    employer: Employer,
    version: PlanVersion,
    payer: Payer,
    classes: Sequence[tuple[Class, int]],
    on: datetime.date,
    collects: bool = False,
    lock: bool = False,
) -> Split:
    """The fees of persons by payers. ``collects``: the payer has enrolled them and answers for the members' parts; ``lock``:
    within a transaction nobody else uses the budgets."""
    with within([EVERYTHING], reads=not lock):
        parts = _parts(employer, version, payer, collects, on)
        return split(classes=classes, rules={"": parts}, grants=_promised(employer, version, on, lock))


def _parts(employer: Employer, version: PlanVersion, payer: Payer, collects: bool, on: datetime.date) -> list[Part]:
    own = payer if collects else THEMSELVES
    stands_for = {PayerKind.EMPLOYER.value: payer, PayerKind.MEMBER.value: own}
    rule = rules_of(employer=employer, version=version, on=on).get("", [])
    parts = [replace(one, payer=stands_for.get(one.payer.kind, replace(one.payer, holds=False))) for one in rule]
    return parts if any(part.is_rest for part in parts) else [*parts, Part(payer)]


def _promised(employer: Employer, version: PlanVersion, on: datetime.date, lock: bool) -> list[Grant]:
    grants = grants_of(employer=employer, version=version, on=on, lock=lock)
    return [grant for grant in grants if not grant.part.payer.holds and not grant.groups]


def quotes(*, page: JoiningPage, fees: Sequence[Decimal], on: datetime.date) -> list[Quote]:
    """What somebody pays who joins at a page now, for each of some fees."""
    with within([EVERYTHING], reads=True):
        parts = _parts(page.employer, page.version, payer_of(page=page), False, on)
        grants = _promised(page.employer, page.version, on, False)
        keys = [grant.part.payer.subsidy for grant in grants]
        names = dict(Subsidy.objects.filter(pk__in=keys).values_list("pk", "name")) if keys else {}
    return [_quote(fee, split(classes=[(Class(fee, 1), 1)], rules={"": parts}, grants=grants), names) for fee in fees]


def _quote(fee: Decimal, made: Split, names: Mapping[int, str]) -> Quote:
    each = made.slices[0].each
    borne = ((names.get(one.subsidy, one.name), amount) for one, amount in each.items() if one != THEMSELVES)
    used_up = tuple(names[key] for key in made.beyond)
    return Quote(fee, each.get(THEMSELVES, Decimal("0.00")), tuple(borne), used_up)
