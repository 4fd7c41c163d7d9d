"""What tests of packages' pages share: a package of the mill, how far it has come, and what payers owe of it."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from mutualaid.contributions.actions.bills import accept_package_and_bill, submit_package_and_bill
from mutualaid.contributions.actions.splits import PartWanted, grant_subsidy, set_fee_split
from mutualaid.contributions.models import Bill, FeeSplit, PayerKind, Subsidy
from mutualaid.enrolment.actions.accepting import begin_covers
from mutualaid.enrolment.actions.package_rosters import take_package_rows
from mutualaid.enrolment.package_models import Package
from mutualaid.people.models import Member
from mutualaid.plans.models import PlanVersion
from tests.enrolment import packages_made as made
from tests.people.cast import AT, BY, ON
from tests.web import employers_scene
from tests.web.cast import Web


def plans(web: Web) -> dict[str, PlanVersion]:
    """Single plans that the province offers."""
    if "plans" not in web.made:
        web.made["plans"] = made.plans(web.people)
        for one in web.made["plans"].values():
            one.refresh_from_db()
    return web.made["plans"]


def package(web: Web) -> Package:
    """A draft with three groups, without a roster."""
    if "package" not in web.made:
        employers_scene.fund(web)
        web.made["package"] = made.begun(web.people, plans(web))
    return web.made["package"]


def with_preview(web: Web) -> Package:
    """A roster of five persons waits."""
    found = package(web)
    made.bring(found, made.GOOD)
    return found


def filled(web: Web) -> Package:
    """The roster is taken."""
    found = with_preview(web)
    take_package_rows(package=found, leave_out_faulty=False, by=BY, at=AT)
    return found


def submitted(web: Web) -> Package:
    """Handed in."""
    found = filled(web)
    submit_package_and_bill(package=found, by=BY, at=AT)
    found.refresh_from_db()
    return found


def rules(web: Web) -> FeeSplit:
    """The city bears 20 yuan of one plan, members who pay themselves 10."""
    if "rule" not in web.made:
        parts = [
            PartWanted(PayerKind.UPPER_UNION, payer_unit=web.people.city, amount=Decimal(20)),
            PartWanted(PayerKind.MEMBER, amount=Decimal(10), billed=True),
            PartWanted(PayerKind.EMPLOYER),
        ]
        version = plans(web)["illness"]
        web.made["rule"] = set_fee_split(unit=web.people.city, version=version, parts=parts, by=BY, at=AT)
    return web.made["rule"]


def subsidy(web: Web) -> Subsidy:
    """Of the city's administration, for 一线."""
    if "subsidy" not in web.made:
        web.made["subsidy"] = grant_subsidy(
            office=web.people.city, name="一线补贴", payer_kind=PayerKind.ADMINISTRATION, payer_name="海市财政局",
            groups=["一线"], amount=Decimal(10), budget=Decimal(30), from_on=ON,
            until_on=ON + datetime.timedelta(days=90), by=BY, at=AT,
        )  # fmt: skip
    return web.made["subsidy"]


def accepted(web: Web) -> Package:
    """The office took it; four kinds of payers are billed, 林晓禾's member one of them."""
    if "accepted" not in web.made:
        rules(web)
        subsidy(web)
        found = submitted(web)
        accept_package_and_bill(package=found, by=BY, at=AT)
        found.refresh_from_db()
        web.made["accepted"] = found
    return web.made["accepted"]


def begun(web: Web) -> Package:
    """All paid, in force, and within 90 days of its end: it may be renewed."""
    if "begun" not in web.made:
        found = accepted(web)
        for enrolment in found.enrolments.all():
            begin_covers(enrolment=enrolment, paid_on=ON, by=BY, at=AT)
        web.made["begun"] = found
    return web.made["begun"]


def own_bill(web: Web) -> Bill:
    """One that a member pays, who is the member of the cast."""
    if "own_bill" not in web.made:
        accepted(web)
        bill = Bill.objects.filter(payer_kind=PayerKind.MEMBER).earliest("id")
        member = bill.payer_member
        assert member is not None
        account = web.accounts["member"][0]
        Member.objects.filter(account=account).update(account=None)
        Member.objects.filter(pk=member.pk).update(account=account)
        web.made["own_bill"] = bill
    return web.made["own_bill"]


def composing(web: Web) -> dict[str, Any]:
    """What is typed for two groups."""
    plans(web)
    return {
        "g0-name": "一线", "g0-rule": "word", "g0-medical.in": "on", "g0-illness.in": "on", "g0-illness.part": "50%",
        "g1-name": "女职工", "g1-rule": "women", "g1-medical.in": "on", "g1-women.in": "on", "g1-women.part": "5",
    }  # fmt: skip
