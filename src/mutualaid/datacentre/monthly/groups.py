"""What a report is grouped by: what stands right below an office, plans, employers; and how groups get their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Generic

from mutualaid.datacentre.monthly.figures import Figures, Report, Row, added
from mutualaid.people.models import Level, Unit
from mutualaid.plans.models import PlanVersion

ITSELF = ("本级（直属单位与本级专户）", "This office itself")


@dataclass(frozen=True)
class Place:
    """A unit of a branch."""

    key: int
    code: str
    name: str
    path: str
    is_office: bool

    @property
    def above(self) -> str:
        """The path of the unit right above it."""
        return self.path.rstrip("/").rpartition("/")[0] + "/"


@dataclass(frozen=True)
class Branch:
    """An office and all units below it, read once for a report."""

    office: Unit
    places: dict[int, Place]

    @cached_property
    def employers(self) -> dict[str, Place]:
        """Employers' unions by their codes."""
        return {place.code: place for place in self.places.values() if not place.is_office}

    def part_of(self, path: str) -> int:
        """To which part of the branch an office in it belongs, by its path: the one right below, or the office itself."""
        below = path.removeprefix(self.office.path).partition("/")[0]
        return int(below or self.office.pk)


def branch_of(*, office: Unit) -> Branch:
    """The branch of an office, in one statement."""
    found = Unit.objects.filter(path__startswith=office.path).order_by("code")
    places = (
        Place(key, code, name, path, level != Level.GRASSROOTS)
        for key, code, name, path, level in found.values_list("pk", "code", "name", "path", "level")
    )
    return Branch(office, {place.key: place for place in places})


@dataclass
class Groups(Generic[Figures]):
    """Figures of the whole and of its groups. ``parts``: by key of the office right below, with the office's own key for itself
    and the employers that stand directly below it; ``plans``: by id; ``employers``: by key of the employer's unit."""

    total: Figures
    parts: dict[int, Figures] = field(default_factory=dict)
    plans: dict[str, Figures] = field(default_factory=dict)
    employers: dict[int, Figures] = field(default_factory=dict)

    def add(self, *, part: int, plan: str, employer: int, figures: Figures) -> None:
        """A cell more: an employer's of one plan."""
        self.total = added(self.total, figures)
        self.parts[part] = added(self.parts[part], figures) if part in self.parts else figures
        self.plans[plan] = added(self.plans[plan], figures) if plan in self.plans else figures
        self.employers[employer] = added(self.employers[employer], figures) if employer in self.employers else figures


def report_of(*, branch: Branch, groups: Groups[Figures], nothing: Figures) -> Report[Figures]:
    """Groups with their names. Every office right below has a row, one without figures too; plans and employers only with
    figures, in the order of their codes."""
    office, places = branch.office, branch.places
    offices = [
        Row(place.code, place.name, place.name, groups.parts.get(place.key, nothing), leads=True)
        for place in places.values()
        if place.is_office and place.above == office.path
    ]
    if office.pk in groups.parts or not offices:
        offices.append(Row(office.code, *ITSELF, groups.parts.get(office.pk, nothing)))
    employers = [
        Row(place.code, place.name, place.name, groups.employers[place.key])
        for place in places.values()
        if place.key in groups.employers
    ]
    return Report(groups.total, tuple(offices), _plans(groups.plans), tuple(employers))


def _plans(figures: Mapping[str, Figures]) -> tuple[Row[Figures], ...]:
    """By the name of the latest version of each; a plan of which there is none any more is called by its id."""
    named = PlanVersion.objects.filter(plan__in=figures).order_by("id").values_list("plan", "name_zh", "name_en")
    names = {plan: (zh, en or zh) for plan, zh, en in named}
    return tuple(Row(plan, *names.get(plan, (plan, plan)), figures[plan]) for plan in sorted(figures))
