"""What was made so far of the invented union, and who acts in it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from mutualaid.contributions.models import Fund
from mutualaid.core.actors import Actor, system
from mutualaid.people.models import Account, Employer, Unit
from mutualaid.plans.models import PlanVersion
from mutualaid.web.demo import cast
from mutualaid.web.demo.drawing import Row

BY = system("demo")
INPATIENT, WOMEN, GIG = "demo-inpatient-2026", "demo-women-2026", "demo-gig-2026"
RIDER = "demo-rider-2026"


@dataclass
class Union:
    """What was made so far. ``at`` goes forward."""

    at: datetime.datetime
    units: dict[str, Unit] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    versions: dict[str, PlanVersion] = field(default_factory=dict)
    employers: dict[int, Employer] = field(default_factory=dict)
    rows: dict[int, list[Row]] = field(default_factory=dict)
    fund: Fund | None = None

    def by(self, person: cast.Person) -> Actor:
        """The actor that a person is."""
        return Actor(person.kind, str(self.accounts[person.key].pk))

    def later(self, **by: int) -> datetime.datetime:
        """The clock goes on."""
        self.at += datetime.timedelta(**by)
        return self.at
