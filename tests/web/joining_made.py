"""A page to join, and what came of it, for the declarations of pages."""

from __future__ import annotations

from django.urls import reverse

from mutualaid.contributions.actions.bills import open_fund
from mutualaid.contributions.actions.joining import join_as_member
from mutualaid.contributions.models import Bill, Fund
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.joining_pages import open_joining_page
from mutualaid.enrolment.certificate_checks import code_of
from mutualaid.enrolment.models import JoiningPage
from tests.enrolment.gig import rider_plan
from tests.people.cast import AT, BY
from tests.web.cast import Web


def page(web: Web, *, fees: tuple[int, int, int] = (0, 0, 0)) -> JoiningPage:
    """Of the mill's union."""
    if "joining" not in web.made:
        with within([EVERYTHING]):
            version = rider_plan(web.people.province, fees=fees)
            web.made["joining"] = open_joining_page(employer=web.people.mill, version=version, by=BY, at=AT)
    found: JoiningPage = web.made["joining"]
    return found


def fund(web: Web) -> None:
    """Into which they pay."""
    with within([EVERYTHING]):
        if not Fund.objects.exists():
            open_fund(
                unit=web.people.city,
                account_name="海市职工互助保障专户",
                account_number="6222000011112222",
                bank_name="海市银行",
                by=BY,
                at=AT,
            )


def bill(web: Web) -> Bill:
    """What the member owes for a month."""
    if "own_bill" not in web.made:
        opened = page(web, fees=(1, 5, 50))
        fund(web)
        with within([EVERYTHING]):
            joined = join_as_member(page=opened, member=web.people.lin, option="按月", work="rider", by=BY, at=AT)
        web.made["own_bill"] = joined.bill
    found: Bill = web.made["own_bill"]
    return found


def certificate(web: Web) -> str:
    """The public page of the certificate that the member got by joining."""
    opened = page(web)
    with within([EVERYTHING]):
        if "joined" not in web.made:
            web.made["joined"] = join_as_member(
                page=opened, member=web.people.lin, option="按月", work="rider", by=BY, at=AT
            ).cover
        number = web.made["joined"].number
    return reverse("common:certificate", args=[number, code_of(number=number)])


def rider_here(web: Web) -> None:
    """The mill is a union of gig workers, and so is one in another city."""
    opened = page(web)
    with within([EVERYTHING]):
        if "elsewhere" not in web.made:
            web.made["elsewhere"] = open_joining_page(employer=web.people.far, version=opened.version, by=BY, at=AT)
