"""单位端: last term's roster is renewed in one, plan by plan; what comes of it is looked at as an uploaded roster is."""

from __future__ import annotations

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.core.models import LongJob
from mutualaid.enrolment import access
from mutualaid.enrolment.actions.renewing import renew_enrolment, renew_package
from mutualaid.enrolment.renewing import Renewable, families_of, package_renewal, packages_to_renew, renewable
from mutualaid.people.models import Employer
from mutualaid.plans import access as plan_access
from mutualaid.plans.offering import needed_facts
from mutualaid.plans.queries import document_of, offered, parts_of
from mutualaid.web.common.guards import clerks_only
from mutualaid.web.common.requests import Request
from mutualaid.web.employers.current import current_employer
from mutualaid.web.employers.forms import Headcount
from mutualaid.web.employers.package_forms import PackageAbout
from mutualaid.web.employers.plans import Offer, offer_of
from mutualaid.web.employers.told import REFUSALS, refuse


@clerks_only
@require_safe
def renewals(request: Request) -> HttpResponseBase:
    """The plans in which somebody of the employer was covered in the term before."""
    employer = current_employer(request)
    found: list[tuple[Offer, Renewable]] = []
    if employer is not None:
        all_of_them = [offer_of(one, request) for one in offered(unit=employer.unit, on=request.on)]
        offers = {one.version.pk: one for one in all_of_them if not one.by_code}
        asked = [(one.version, one.term) for one in offers.values()]
        found = [(offers[one.version.pk], one) for one in renewable(employer=employer, offers=asked, on=request.on)]
    seen = access.packages_visible_to(actor=request.actor, on=request.on)
    mine = seen.filter(employer=employer) if employer is not None else seen.none()
    packages = packages_to_renew(among=mine, on=request.on)
    # What is only taken on top of another plan goes on in the package that holds both, never by itself.
    held = families_of(packages=packages)
    found = [(offer, one) for offer, one in found if not (offer.on_top and one.version.family in held)]
    context = {"employer": employer, "renewals": found, "packages": packages}
    return TemplateResponse(request, "employers/renewals/renewals.html", context)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def renewal(request: Request, number: str) -> HttpResponseBase:
    """One of them: how many are renewed, and the headcount of today; then the roster is there to be looked at."""
    version = plan_access.version_for(actor=request.actor, number=number, on=request.on)
    employer = current_employer(request)
    if employer is None:
        return HttpResponseRedirect(reverse("employers:home"))
    parts = [document_of(version=part) for part in parts_of(version=version)]
    women = needed_facts(document_of(version=version), parts=parts).women_headcount
    form = Headcount(request.POST or None, women=women, initial={"headcount": employer.headcount_declared})
    if request.method == "POST" and form.is_valid():
        try:
            made, filled = renew_enrolment(
                employer=employer, version=version, by=request.actor, at=request.at, **form.cleaned_data
            )
        except REFUSALS as refusal:
            refuse(form, refusal)
        else:
            if isinstance(filled, LongJob):
                return HttpResponseRedirect(reverse("common:job", args=[filled.key]))
            return HttpResponseRedirect(reverse("employers:upload", args=[made.number, filled.file.key]))
    context = _context(request, employer, offer_of(version, request)) | {"form": form}
    return TemplateResponse(request, "employers/renewals/renewal.html", context, status=422 if form.errors else 200)


@clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def package_renewal_page(request: Request, number: str) -> HttpResponseBase:
    """A package of before, anew with its groups and persons: what is the same, who is still there, the headcounts of today."""
    found = access.package_of_clerk(actor=request.actor, number=number, on=request.on)
    if found.state != "accepted":
        return HttpResponseRedirect(reverse("employers:package", args=[number]))
    initial = {name: getattr(found, name) for name in PackageAbout.base_fields}
    form = PackageAbout(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made, filled = renew_package(package=found, by=request.actor, at=request.at, **form.cleaned_data)
        except REFUSALS as refusal:
            refuse(form, refusal)
        else:
            if isinstance(filled, LongJob):
                return HttpResponseRedirect(reverse("common:job", args=[filled.key]))
            return HttpResponseRedirect(reverse("employers:package_roster", args=[made.number]))
    context = {"package": found, "form": form, "renewal": package_renewal(package=found, on=request.on)}
    return TemplateResponse(request, "employers/renewals/package.html", context, status=422 if form.errors else 200)


def _context(request: Request, employer: Employer, offer: Offer) -> dict[str, object]:
    found = renewable(employer=employer, offers=[(offer.version, offer.term)], on=request.on)
    return {"employer": employer, "offer": offer, "found": found[0] if found else None}


urlpatterns: list[URLPattern] = [
    path("renewals", renewals, name="renewals"),
    path("renewals/<str:number>", renewal, name="renewal"),
    path("packages/<str:number>/renewal", package_renewal_page, name="package_renewal"),
]
