"""An employer that became part of another: nothing new begins there, and whoever asks for it is told where it went."""

from __future__ import annotations

from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.models import Employer
from mutualaid.people.refusals import Refused


class EmployerMerged(Refused):
    """The employer is part of another one."""


def expect_unmerged(*, employer: int) -> None:
    """Refuse what would begin at an employer (its key) that is part of another. Whoever asks is told that other's name and code,
    wherever it stands. Raises EmployerMerged."""
    with within([EVERYTHING], reads=True):
        found = Employer.objects.filter(pk=employer).select_related("unit", "merged_into__unit").first()
    if found is not None and found.merged_into is not None:
        raise _merged(found)


def expect_code_unmerged(*, credit_code: str) -> None:
    """The same by the credit code. Raises EmployerMerged."""
    with within([EVERYTHING], reads=True):
        found = Employer.objects.filter(credit_code=credit_code).values_list("pk", flat=True).first()
    if found is not None:
        expect_unmerged(employer=found)


def _merged(employer: Employer) -> EmployerMerged:
    into = employer.merged_into
    if into is None:
        raise ValueError("expected an employer that is part of another")
    name, day, other, code = employer.unit.name, employer.merged_on, into.unit.name, into.unit.code
    return EmployerMerged(
        f"应为仍在办理的单位；“{name}”已于 {day} 并入“{other}”（单位代码 {code}），请在该单位名下办理",
        f"expected an employer that goes on, found that “{name}” is part of “{other}” ({code}) since {day}; do it there",
    )
