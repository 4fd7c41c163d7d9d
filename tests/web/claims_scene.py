"""A program at the interface that sends claims: the interface's scene, with a cover that has begun and persons who decide."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from mutualaid.contributions.models import Fund
from mutualaid.people.models import RoleName
from tests import pictures
from tests.claims.scene import Scene, published
from tests.people.cast import staff

if TYPE_CHECKING:
    from tests.web.api_scene import Api

PDF = base64.b64encode(pictures.PDF).decode()
DAYS = 90
"""From the day of the scene until the cover has begun and the stay is over."""


def with_claims(api: Api) -> Scene:
    """Somebody to decide, and a cover of the member from 2025-04-01 on."""
    people = api.people
    scene = Scene(
        people,
        Fund.objects.get(),
        published(people.province, "hai-1"),
        people.reviewer,
        staff("复核己", people.province, RoleName.SENIOR_REVIEWER),
        staff("财务丁", people.city, RoleName.FINANCE),
        staff("财务戊", people.city, RoleName.FINANCE),
    )
    scene.cover(people.lin, people.mill)
    return scene


def sent(api: Api, self_paid: str = "1200.00", **more: Any) -> dict[str, Any]:
    """A stay of the member, as a hospital's system sends it."""
    event = {
        "event": "HIS-2025-0042",
        "kind": "inpatient",
        "started_on": "2025-05-10",
        "ended_on": "2025-05-13",
        "hospital_level": 3,
        "diagnoses": ["J18.900"],
        "amounts": {"self_paid": self_paid, "out_of_scope": "0.00"},
        **more.pop("event", {}),
    }
    return {
        "member": {"number": api.people.lin.number},
        "event": event,
        "consent": True,
        "hospital": "海市人民医院",
        "payee": {"name": api.people.lin.name, "account_number": "6222020000001234566", "bank_name": "海市银行"},
        **more,
    }


def page(paper: str = "invoice") -> dict[str, str]:
    """A page of a paper."""
    return {"paper": paper, "name": f"{paper}.pdf", "content": PDF}
