"""管理端: A version simulated on a year: asked for, watched while it runs, and its page."""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.core import papers
from mutualaid.core.models import LongJob, StoredFile
from mutualaid.datacentre.actions import ask_simulation
from mutualaid.datacentre.queries import simulation_of, simulations_of
from mutualaid.datacentre.simulation.years import YearError
from mutualaid.datacentre.versions_compared import MEMBERS_LEAST, MEMBERS_MOST, years
from mutualaid.people.access import NotFound
from mutualaid.people.refusals import Refused
from mutualaid.plans import access
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import base_of, names_of_accounts
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.plan_pages import STUDY, lang, name_of, version_context

USUAL_MEMBERS = 20_000
SHOWN = 20
_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


class Wanted(forms.Form):
    """What is compared on which data."""

    before = forms.ChoiceField(label=_("与哪一版比较"))
    year = forms.ChoiceField(
        label=_("数据"),
        required=False,
        help_text=_("没有本单位的数据时，用虚构的会员和一年的事件；同样的人数结果相同。"),
    )
    members = forms.IntegerField(
        label=_("虚构会员人数"),
        required=False,
        min_value=MEMBERS_LEAST,
        max_value=MEMBERS_MOST,
        help_text=_("只在用虚构数据时需要。人数越多越准，也越久。"),
    )

    def __init__(self, data: Any, others: list[PlanVersion], base: PlanVersion | None) -> None:
        first = {"before": base.number if base is not None else "", "members": USUAL_MEMBERS}
        super().__init__(data, initial=first)
        fields: Any = self.fields
        fields["before"].choices = [(one.number, f"{name_of(one)}（{one.plan}，{one.number}）") for one in others]
        fields["year"].choices = [("", gettext("虚构的一年")), *((name, name) for name in years())]


@staff_only(roles=STUDY)
@require_http_methods(["GET", "HEAD", "POST"])
def simulations(request: Request, number: str) -> HttpResponse:
    """The simulations of a version, and a form to ask for another."""
    post = request.method == "POST"
    version = (access.version_to_design if post else access.version_for)(
        actor=request.actor, number=number, on=request.on
    )
    visible = access.versions_visible_to(actor=request.actor, on=request.on)
    base = base_of(version=version)
    # The edition before may stand in another family's name; it is offered all the same.
    others = list(
        visible.filter(family=version.family).exclude(pk=version.pk).exclude(state="discarded").order_by("-id")
    )
    others += [base] if base is not None and base not in others else []
    form = Wanted(request.POST if post else None, others, base)
    if post and form.is_valid():
        asked = form.cleaned_data
        before = next(one for one in others if one.number == asked["before"])
        try:
            job = ask_simulation(
                version=version,
                before=before,
                year=asked["year"],
                members=asked["members"] or USUAL_MEMBERS,
                lang=lang(),
                by=request.actor,
                at=request.at,
            )
        except (Refused, YearError) as refused:
            form.add_error(None, said(refused))
        else:
            return HttpResponseRedirect(reverse("workbench:simulation", args=[number, job.key]))
    context = version_context(request, version, "simulations", form=form, others=others)
    # Whoever reads may ask only in branches where they design plans.
    jobs = list(simulations_of(version=version)[:SHOWN])
    names = names_of_accounts(keys={job.by_key for job in jobs})
    context["rows"] = [{"job": job, "who": names.get(job.by_key, job.by_key), "percent": _percent(job)} for job in jobs]
    return TemplateResponse(
        request, "workbench/simulations/simulations.html", context, status=422 if form.errors else 200
    )


def _percent(job: LongJob) -> int | None:
    return min(100, job.done * 100 // job.total) if job.total else None


@staff_only(roles=STUDY)
@require_safe
def simulation(request: Request, number: str, key: uuid.UUID) -> HttpResponse:
    """How far one is, and then its figures; asked by htmx, the progress alone."""
    version = access.version_for(actor=request.actor, number=number, on=request.on)
    job = simulation_of(version=version, key=key)
    here = reverse("workbench:simulation", args=[number, key])
    if request.htmx:
        return TemplateResponse(
            request, "workbench/simulations/progress.html", {"job": job, "here": here, "after": here}
        )
    going = job.state in ("waiting", "running")
    context = version_context(request, version, "simulations", job=job, here=here, after=here if going else "")
    context["change"] = str(job.result.get("change", "")).lstrip("-")
    context["less"] = str(job.result.get("change", "")).startswith("-")
    return TemplateResponse(request, "workbench/simulations/simulation.html", context)


@staff_only(roles=STUDY)
@require_safe
def simulation_page(request: Request, number: str, key: uuid.UUID) -> HttpResponse:
    """The whole page of a simulation, as it was made. It is complete in itself and may load, run and send nothing: its one style
    sheet is allowed by its hash."""
    version = access.version_for(actor=request.actor, number=number, on=request.on)
    job = simulation_of(version=version, key=key)
    file = (
        StoredFile.objects.filter(key=job.result.get("file"), kind="simulation").first()
        if job.state == "done"
        else None
    )
    if file is None:
        raise NotFound("这次测算还没有结果，请稍后再看", "this simulation has no result yet; look again later")
    content = papers.read(file)
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(style).digest()).decode()}'" for style in _STYLE.findall(content)
    )
    answer = HttpResponse(content, content_type="text/html; charset=utf-8")
    answer["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {hashes or chr(39) + 'none' + chr(39)}; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    if "save" in request.GET:
        answer["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return answer


urlpatterns: list[URLPattern] = [
    path("plans/<plan_number:number>/simulations", simulations, name="simulations"),
    path("plans/<plan_number:number>/simulations/<uuid:key>", simulation, name="simulation"),
    path("plans/<plan_number:number>/simulations/<uuid:key>/page", simulation_page, name="simulation_page"),
]
