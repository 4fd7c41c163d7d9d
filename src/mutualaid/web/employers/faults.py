"""Faults of a roster as they are read: where, what was found, what is expected, how to mend it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mutualaid.enrolment.models import RosterRow
from mutualaid.enrolment.roster.columns import BY_FIELD
from mutualaid.enrolment.roster.told import faults_of, found, shown
from mutualaid.people.identity import masked
from mutualaid.web.employers.told import parted


@dataclass(frozen=True)
class Fault:
    """A fault or warning of a row as it is read: where, what stands there (masked), why, how to mend it, and what is offered:
    that in full, for workbooks that go to whoever brought the numbers."""

    field: str
    place: str
    found: str
    reason: str
    mend: str
    offered: str

    @property
    def offered_masked(self) -> str:
        """What is offered, for a screen: masked as what was found is."""
        return masked(self.offered)


@dataclass(frozen=True)
class Shown:
    """A row of a preview: what was told, masked, and what was found."""

    row: RosterRow
    told: dict[str, str]
    faults: list[Fault]
    warnings: list[Fault]


def shown_row(row: RosterRow) -> Shown:
    """A row for a page."""
    told = shown(row=row)
    return Shown(
        row, told, [_fault(one, told) for one in faults_of(row=row)], [_fault(one, told) for one in row.warnings]
    )


def _fault(one: dict[str, str], told: dict[str, str]) -> Fault:
    name = one["field"]
    # What was told is masked already: masked again it stays as it is.
    return Fault(name, *_said(one, found(told=told, field=name)), one.get("offered", ""))


def _said(one: dict[str, str], text: str) -> tuple[str, str, str, str]:
    return (place(one["field"]), text, *parted(fault_text(one | {"offered": ""})))


def said_group(field: str, zh: str, en: str) -> tuple[str, str, str]:
    """Where, why and how to mend."""
    return (place(field), *parted(fault_text({"zh": zh, "en": en})))


def fault_text(fault: dict[str, str]) -> str:
    """The sentence of a fault in the language of the page, with what is offered."""
    text = fault["en"] if get_language() == "en" else fault["zh"]
    offered = fault.get("offered", "")
    return f"{text}（{_('建议')}：{offered}）" if offered else text


def place(field: str) -> str:
    """What a column is called; a rule of the plan is no column's."""
    column = BY_FIELD.get(field)
    if column is None:
        return _("计划规定")
    return column.also[-1] if get_language() == "en" else column.zh
