"""What the first page tells of employers and of this season's plans: read together, since every statement of it is asked daily by
every clerk."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, JSONObject
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mutualaid.claims.access import claims_visible_to
from mutualaid.contributions.access import bills_visible_to
from mutualaid.core.money import shown
from mutualaid.enrolment.access import covers_visible_to, enrolments_visible_to
from mutualaid.enrolment.models import Enrolment, RosterRow
from mutualaid.enrolment.queries import ends_with, in_force, kept_by
from mutualaid.people import access
from mutualaid.people.models import Employer
from mutualaid.people.queries import clerks_waiting
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.offering import Season
from mutualaid.plans.queries import offered
from mutualaid.web.common.requests import Request
from mutualaid.web.common.templatetags.shown import last_day, plan_name, whole
from mutualaid.web.employers.current import know_employers
from mutualaid.web.employers.plans import Offer, offer_of

SOON = 14
"""Days before its end from which a season is shown as ending."""
_MOST = 200
"""Enrolments that are looked at: more are not under way at a time."""


@dataclass(frozen=True)
class OpenBill:
    """A bill of the employer's that waits for money."""

    number: str
    amount: Decimal
    due_on: datetime.date


@dataclass(frozen=True)
class Standing:
    """How an employer stands today. ``confirming``: claims of its staff that wait for the clerk's word; ``clerks``: whose
    registration the office looks at; ``families``: by plan family how many were or are covered, and until when."""

    employer: Employer
    covered: int
    confirming: int
    clerks: tuple[str, ...]
    families: dict[str, tuple[int, datetime.date]]

    @property
    def percent(self) -> int:
        """Of the declared headcount, at most 100."""
        return min(100, self.covered * 100 // self.employer.headcount_declared)


@dataclass(frozen=True)
class Told:
    """How a plan stands in a word and a sentence, and where to go on."""

    word: str
    meaning: str
    text: str
    url: str = ""
    action: str = ""
    waits: bool = False
    renews: bool = False


@dataclass(frozen=True)
class Line:
    """A plan in the season: how it stands for the employer, and the one thing to do. ``left``: days until the season ends, where
    the employer has something to do in it."""

    name: str
    number: str
    season: Season
    told: Told
    left: int | None = None

    @property
    def soon(self) -> bool:
        """Whether the season ends soon."""
        return self.left is not None and self.left <= SOON


def standings(request: Request) -> list[Standing]:
    """Of the clerk's employers, by name. One statement, which is also what the rest of the page knows of them."""
    covers = covers_visible_to(actor=request.actor, on=request.on).filter(kept_by(employer=OuterRef("pk"))).order_by()
    covers = covers.annotate(keeper=Coalesce("heir", "employer"))
    own = Q(employer=OuterRef("pk")) | Q(employer__merged_into=OuterRef("pk"))
    claims = claims_visible_to(actor=request.actor, on=request.on).filter(own, state="confirming")
    claims = claims.annotate(keeper=Coalesce("employer__merged_into", "employer"))
    clerks = access.clerks_visible_to(actor=request.actor, on=request.on).filter(employer=OuterRef("pk"))
    year = request.on - datetime.timedelta(days=366)
    families = (
        covers.filter(state="begun", until_on__gt=year)
        .values("family")
        .annotate(
            said=JSONObject(family="family", persons=Count("member", distinct=True), until=Max("until_on")),
        )
        .values("said")
    )
    going_on = access.employers_visible_to(actor=request.actor, on=request.on).filter(merged_into=None)
    seen = going_on.annotate(
        covered=_counted(covers.filter(in_force(on=request.on)), "member"),
        confirming=_counted(claims.order_by(), "pk"),
        waiting=ArraySubquery(clerks_waiting(among=clerks).values("name")),
        families=ArraySubquery(families),
    )
    found: list[Employer] = [*seen.select_related("unit").order_by("unit__name", "pk")]
    know_employers(request, found)
    return [_standing(one) for one in found]


def _counted(rows: QuerySet[Any], what: str) -> Coalesce:
    count = rows.values("keeper").annotate(n=Count(what, distinct=True)).values("n")
    return Coalesce(Subquery(count, output_field=IntegerField()), Value(0))


def _standing(one: Any) -> Standing:
    families = {said["family"]: (said["persons"], datetime.date.fromisoformat(said["until"])) for said in one.families}
    return Standing(one, one.covered, one.confirming, tuple(one.waiting), families)


def under_way(request: Request) -> list[Enrolment]:
    """The clerk's enrolments whose term is not over, or of which something is still owed, each with ``persons`` (of a draft)
    and ``owed``, the bills that wait for money. One statement."""
    owed = bills_visible_to(actor=request.actor, on=request.on).filter(enrolment=OuterRef("pk"), state="issued")
    told = JSONObject(number="number", amount=Cast("amount", CharField()), due_on="due_on")
    rows = RosterRow.objects.filter(enrolment=OuterRef("pk"), taken=True).order_by().values("enrolment")
    count = Subquery(rows.annotate(n=Count("id")).values("n"), output_field=IntegerField())
    seen = enrolments_visible_to(actor=request.actor, on=request.on).exclude(state="cancelled")
    seen = seen.filter(Q(until_on__gt=request.on) | Q(state="draft") | Exists(owed))
    seen = seen.select_related("employer__unit", "version").order_by("-id")
    # Rows of a large roster take long to count, and are told of drafts alone.
    persons = Case(When(state="draft", then=Coalesce(count, Value(0))), default=Value(0))
    return list(
        seen.annotate(persons=persons, bills_owed=ArraySubquery(owed.order_by("due_on", "id").values(x=told)))[:_MOST]
    )


def owed(enrolment: Enrolment) -> list[OpenBill]:
    """Its bills that wait for money."""
    said: list[dict[str, str]] = enrolment.bills_owed  # type: ignore[attr-defined]
    return [OpenBill(one["number"], Decimal(one["amount"]), datetime.date.fromisoformat(one["due_on"])) for one in said]


def lines(request: Request, standing: Standing, enrolments: list[Enrolment]) -> list[Line]:
    """The plans that are offered to an employer, what is to be done first."""
    mine = [one for one in enrolments if one.employer_id == standing.employer.pk]
    found = [_line(request, standing, mine, one) for one in offered(unit=standing.employer.unit, on=request.on)]
    return sorted(found, key=lambda one: (one.left is None, one.left or 0))


def _line(request: Request, standing: Standing, mine: list[Enrolment], version: PlanVersion) -> Line:
    offer = offer_of(version, request, standing.employer)
    there = next((one for one in mine if one.version.family == version.family and _same_term(one, offer)), None)
    season = offer.season
    closes = season.closes_on if season.is_open else None
    left = (closes - request.on).days if closes is not None else None
    if offer.by_code:
        told = _by_code(standing.families.get(version.family), request.on)
    else:
        told = _under_way(there) if there is not None else _to_begin(standing, offer, version)
    return Line(plan_name(version), version.number, season, told, left if told.waits else None)


def _same_term(one: Enrolment, offer: Offer) -> bool:
    # A term that begins with the payment is another one every day: what is not over counts.
    return offer.term.depends_on_payment or one.until_on == offer.term.until_on


def _under_way(one: Enrolment) -> Told:
    page = reverse("employers:enrolment", args=[one.number])
    if one.state == "draft" and one.remark:
        return Told(_("退回修改"), "warn", _("请按工会的意见修改后重新提交"), page, _("按意见修改"), waits=True)
    if one.state == "draft":
        return Told(_("填报中"), "wait", _("还没有提交"), page, _("继续办理"), waits=True)
    if one.state == "submitted":
        return Told(_("待审核"), "info", _("已提交，等待工会审核"), page, _("查看"))
    bills = owed(one)
    if bills:
        amount = shown(sum((bill.amount for bill in bills), Decimal()))
        due = bills[0].due_on
        told = _("应缴 %(amount)s 元，请于 %(due)s 前缴纳") % {"amount": amount, "due": due}
        return Told(_("待缴费"), "warn", told, reverse("employers:bill", args=[bills[0].number]), _("去缴费"))
    told = _("本期已办理，保障至 %(day)s") % {"day": last_day(one.until_on)}
    return Told(_("已办理"), "ok", told, page, _("查看"))


def _by_code(before: tuple[int, datetime.date] | None, on: datetime.date) -> Told:
    """People join such a plan and leave it by themselves: there is no roster to hand in or renew."""
    page, does = reverse("employers:joining_pages"), _("扫码参加")
    if before is None or before[1] <= on:
        return Told(_("未参加"), "quiet", "", page, does)
    told = {"count": whole(before[0]), "day": last_day(before[1])}
    text = ngettext("%(count)s 人有保障，至 %(day)s", "%(count)s 人有保障，至 %(day)s", before[0]) % told
    return Told(_("保障中"), "ok", text, page, does)


def _to_begin(standing: Standing, offer: Offer, version: PlanVersion) -> Told:
    is_open, before = offer.season.is_open, standing.families.get(version.family)
    new = reverse("employers:enrolment_new") + f"?plan={version.number}" if is_open else ""
    if offer.on_top:
        new = reverse("employers:package_new")
    if before is None:
        return Told(_("未参加"), "quiet", offer.on_top, new, _("参加") if is_open else "")
    persons, until = before
    told = {"count": whole(persons), "day": last_day(until)}
    if until > ends_with(from_on=offer.term.from_on, until_on=offer.term.until_on):
        text = ngettext("%(count)s 人有保障，至 %(day)s", "%(count)s 人有保障，至 %(day)s", persons) % told
        return Told(_("保障中"), "ok", text, new, _("新增职工") if is_open else "")
    text = ngettext("上期 %(count)s 人，保障至 %(day)s", "上期 %(count)s 人，保障至 %(day)s", persons) % told
    if not is_open:
        return Told(_("待续保"), "quiet", text)
    if offer.on_top:
        # Renewed with the package in which it stands, whose line on that page says when.
        return Told(
            _("待续保"), "warn", f"{text} · {offer.on_top}", reverse("employers:renewals"), _("续保"), waits=True
        )
    page = reverse("employers:renewal", args=[version.number])
    return Told(_("待续保"), "warn", text, page, _("续保"), waits=True, renews=True)
