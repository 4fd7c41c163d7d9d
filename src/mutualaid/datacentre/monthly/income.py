"""收入: what the books say of contributions in a month. The books stand with the fund, perhaps above the office: what is told of
them is the part of the office's own employers, and the money of funds in its branch."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.datacentre.monthly.figures import Income, Report, added
from mutualaid.datacentre.monthly.groups import Groups, branch_of, report_of
from mutualaid.datacentre.monthly.months import Month
from mutualaid.ledger.chart import RECEIVABLE, UNEARNED, UNMATCHED
from mutualaid.ledger.lines import Period
from mutualaid.ledger.queries import UnitTurnover, held_by_office, turnover_by_unit
from mutualaid.people.models import Level, Unit


def income(*, office: Unit, month: Month) -> Report[Income]:
    """Contributions of an office's branch in a month. The total's ``unmatched`` is None where the branch has no fund."""
    branch = branch_of(office=office)
    below = Unit.objects.filter(path__startswith=office.path)
    period = Period(month.first, month.until)
    with within([EVERYTHING]):
        found = turnover_by_unit(
            accounts=(RECEIVABLE, UNEARNED), units=below.filter(level=Level.GRASSROOTS), period=period
        )
    groups = Groups(Income())
    for (plan, code), figures in _cells(found).items():
        place = branch.employers[code]
        groups.add(part=branch.part_of(place.above), plan=plan, employer=place.key, figures=figures)
    held = held_by_office(account=UNMATCHED, offices=below.exclude(level=Level.GRASSROOTS), on=month.last)
    for path, amount in held.items():
        part, waiting = branch.part_of(path), Income(unmatched=-amount)
        groups.parts[part] = added(groups.parts.get(part, Income()), waiting)
        groups.total = added(groups.total, waiting)
    return report_of(branch=branch, groups=groups, nothing=Income())


def _cells(found: list[UnitTurnover]) -> dict[tuple[str, str], Income]:
    """By plan and the employer's code; those of which nothing happened and nothing is owed are left out."""
    cells: dict[tuple[str, str], Income] = defaultdict(Income)
    for row in found:
        cell = (
            Income(billed=row.debits, received=row.credits, outstanding=row.closing)
            if row.account == RECEIVABLE
            else Income(earned=row.debits)
        )
        cells[row.plan, row.unit] = added(cells[row.plan, row.unit], cell)
    nothing = (Decimal(0),) * 4
    return {
        key: cell
        for key, cell in cells.items()
        if (cell.billed, cell.received, cell.outstanding, cell.earned) != nothing
    }
