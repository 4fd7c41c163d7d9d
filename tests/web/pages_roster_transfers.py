"""A roster file that comes in parts, for the five questions."""

from __future__ import annotations

import hashlib
from typing import Any

from django.urls import reverse

from mutualaid.enrolment.actions.transfers import add_part, begin_transfer
from mutualaid.enrolment.models import Enrolment, RosterTransfer
from tests.people.cast import AT
from tests.web import employers_scene as scene
from tests.web.cast import Web
from tests.web.pages_employers import Address, done, handed_in, looked_at, of_draft
from tests.web.questions import Page


def content() -> bytes:
    """A roster of two persons as a CSV, of the same bytes each time."""
    rows = [["姓名", "证件号码"], *([row[0], row[2]] for row in scene.people(2))]
    return "\n".join(",".join(row) for row in rows).encode("utf-8-sig")


def transfer(web: Web) -> RosterTransfer:
    """One of which nothing came yet."""
    if "transfer" not in web.made:
        data = content()
        web.made["transfer"] = begin_transfer(
            enrolment=scene.draft(web),
            name="花名册.csv",
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            by=web.actor("clerk"),
            at=AT,
        )
    return web.made["transfer"]


def of_transfer(name: str, query: str = "") -> Address:
    def address(web: Web) -> str:
        found = transfer(web)
        return reverse(name, args=[found.enrolment.number, found.key]) + query

    return address


def whole(web: Web) -> None:
    """All bytes are there."""
    found = transfer(web)
    if not found.received:
        found.received = add_part(transfer=found, begins=0, content=content(), by=web.actor("clerk"), at=AT)


def partly(web: Web) -> None:
    """Another part came meanwhile."""
    RosterTransfer.objects.filter(pk=transfer(web).pk).update(received=10)


def promised(web: Web) -> dict[str, Any]:
    return {"name": "花名册.csv", "size": "1000", "sha256": "0" * 64}


def another_has_it(web: Web) -> None:
    whole(web)
    Enrolment.objects.filter(pk=transfer(web).enrolment_id).update(state="submitted")


def told(name: str, shows: str, **more: Any) -> Page:
    """Something done by the page's program, which is answered in JSON."""
    return looked_at(name, shows, method="post", expects=200, **more)


PAGES = [
    told(
        "transfers",
        '"received": 0',
        address=of_draft("employers:transfers"),
        data=promised,
        wrong_state=handed_in,
    ),
    looked_at("transfer", '"received"', address=of_transfer("employers:transfer")),
    done("transfer", "/employers/enrolments/E", address=of_transfer("employers:transfer")),
    told(
        "transfer_parts",
        '"received"',
        address=of_transfer("employers:transfer_parts", "?begins=0"),
        wrong_state=partly,
    ),
    told(
        "transfer_completion",
        "/uploads/",
        address=of_transfer("employers:transfer_completion"),
        arrange=whole,
        wrong_state=another_has_it,
    ),
]
