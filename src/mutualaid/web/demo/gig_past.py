"""Gig workers of the demonstration: a page that takes riders by QR code with a subsidy, a batch from a platform, and a station
with places without names, for one of which somebody was named and waits for the office."""

from __future__ import annotations

import datetime
from decimal import Decimal

from mutualaid.contributions.actions.joining import Payer, cover_and_bill_group, enrol_batch
from mutualaid.contributions.actions.splits import grant_subsidy
from mutualaid.contributions.models import PayerKind
from mutualaid.core import papers
from mutualaid.core.dates import day_of
from mutualaid.enrolment.actions.groups import name_person
from mutualaid.enrolment.actions.joining_pages import open_joining_page
from mutualaid.people.actions.clients import make_client
from mutualaid.people.models import Scope
from mutualaid.web.demo import cast, samples
from mutualaid.web.demo.drawing import resident_id
from mutualaid.web.demo.paid_online import pay_online
from mutualaid.web.demo.union import BY, RIDER, Union

PLATFORM = "示范即时配送平台（虚构）"
BATCH = 24
"""Riders of the platform's call."""
_GIVEN = "晨帆川岳舟岚柏松溪石原野朗驰行远健航宁峰清越泽安"


def ride(union: Union, now: datetime.datetime) -> None:
    """All of it, in the last days before ``now``. What the platform and the station owe is paid; the subsidy comes after them, so
    that its budget is for those who scan the code: for three."""
    employer, version, clerk = union.employers[cast.RIDERS.code], union.versions[RIDER], union.by(cast.RIDERS.clerk)
    at, on = now - datetime.timedelta(days=3), day_of(now)
    make_client(
        unit=employer.unit, name=f"{PLATFORM}接口", scopes=[Scope.WRITE_ROSTERS, Scope.READ_COVERS],
        expires_on=on + datetime.timedelta(days=180), by=union.by(cast.SYSTEM_ADMIN), at=at,
    )  # fmt: skip
    batch = enrol_batch(
        employer=employer, version=version, told=[_rider(number) for number in range(BATCH)], works=["rider"] * BATCH,
        option="按月", payer=Payer(PayerKind.PLATFORM, PLATFORM), by=BY, at=at,
    )  # fmt: skip
    assert batch.bill is not None  # the plan has a fee
    pay_online(bill=batch.bill, by=clerk, at=at)
    _station(union, at, now)
    grant_subsidy(
        office=union.units["city"], name="骑手参保补贴（虚构）", payer_kind=PayerKind.ADMINISTRATION,
        payer_name="示范市财政局（虚构）", plans=[RIDER], amount=Decimal(15), budget=Decimal(45),
        from_on=day_of(at), until_on=on + datetime.timedelta(days=365), by=union.by(cast.FINANCE), at=at,
    )  # fmt: skip
    open_joining_page(employer=employer, version=version, by=clerk, at=at)


def _rider(number: int) -> dict[str, str]:
    born = datetime.date(1990 + number % 12, 1 + number % 12, 1 + number % 27)
    return {"name": f"骑{_GIVEN[number % len(_GIVEN)]}", "identity_number": resident_id(450502, born, 700 + number)}


def _station(union: Union, at: datetime.datetime, now: datetime.datetime) -> None:
    """It buys places and pays them; yesterday something happened to a rider, whom its clerk named this morning."""
    employer, clerk = union.employers[cast.RIDERS.code], union.by(cast.RIDERS.clerk)
    group, bill = cover_and_bill_group(
        employer=employer, version=union.versions[RIDER], places=6, option="按月", by=clerk, at=at
    )
    assert bill is not None  # the plan has a fee
    pay_online(bill=bill, by=clerk, at=at)
    group.refresh_from_db()
    morning = now - datetime.timedelta(hours=1)
    evidence = papers.store(
        content=samples.stamped_form("值班表"), name="值班表（虚构）.pdf", kind="duty_list", media_type=papers.PDF,
        unit_path=employer.unit.path, by=clerk, at=morning,
    )  # fmt: skip
    name_person(
        group=group, happened_on=day_of(now) - datetime.timedelta(days=1), on_duty=5, evidence=evidence, by=clerk,
        at=morning, **_rider(BATCH),
    )  # fmt: skip
