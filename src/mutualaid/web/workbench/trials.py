"""管理端: A plan tried on cases, with the working: who, which cover, what happened; decided by the engine itself.

A trial writes nothing to the database. Cases that somebody wants again are kept under a name in their own session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from mutualaid.plans import access
from mutualaid.plans.compiling import effective_benefits
from mutualaid.plans.document import Document
from mutualaid.plans.library import Loaded
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import document_of, loaded_versions, parts_of
from mutualaid.plans.trial import EVENTS_MOST, Field, TrialRefused, Tried, fields_of, try_case
from mutualaid.plans.trial_examples import Typed, example_facts
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.rendering import DayInput, said
from mutualaid.web.common.requests import Request
from mutualaid.web.workbench.plan_pages import STUDY, lang, version_context

KEPT, KEPT_MOST = "trials", 8
MAIN = frozenset(
    {
        *("birth_date", "sex", "employment", "basic_insurance", "from", "until", "units", "option", "risk_class"),
        *("kind", "started_on", "ended_on", "hospital_level", "diagnoses", "accident"),
        *("total", "fund_paid", "self_paid", "out_of_scope"),
    }
)
"""Fields that are asked first; the others are behind “more”."""


class Facts(forms.Form):
    """The fields of one group, or of an event; what is typed stays text until the engine's reader takes it."""

    def __init__(self, fields: list[Field], data: Mapping[str, str], prefix: str) -> None:
        super().__init__({f"{prefix}-{name}": value for name, value in data.items()}, prefix=prefix)
        for field in fields:
            self.fields[field.name] = _field(field)
        self.full_clean()

    @property
    def first(self) -> list[Any]:
        """What is asked first, and whatever has a fault or a value."""
        return [self[name] for name in self.fields if self._shown(name)]

    @property
    def more(self) -> list[Any]:
        """The rest."""
        return [self[name] for name in self.fields if not self._shown(name)]

    def _shown(self, name: str) -> bool:
        return name in MAIN or name in self.errors


def _field(field: Field) -> forms.Field:
    english = lang() == "en"
    label = field.en if english else field.zh
    if field.kind == "choice" and field.choices:
        choices = [("", "—"), *((value, en if english else zh) for value, zh, en in field.choices)]
        return forms.CharField(label=label, required=False, widget=forms.Select(choices=choices))
    if field.kind == "flag":
        choices = [("", _("不明")), ("true", _("是")), ("false", _("否"))]
        return forms.CharField(label=label, required=False, widget=forms.Select(choices=choices))
    if field.kind == "date":
        return forms.CharField(label=label, required=False, widget=DayInput())
    attrs: dict[str, Any] = {"autocomplete": "off"}
    if field.kind == "money":
        attrs |= {"data-unit": _("元"), "inputmode": "decimal"}
    elif field.kind == "number":
        attrs["inputmode"] = "numeric"
    return forms.CharField(label=label, required=False, widget=forms.TextInput(attrs=attrs))


@staff_only(roles=STUDY)
@require_http_methods(["GET", "HEAD", "POST"])
def trials(request: Request, number: str) -> HttpResponse:
    """A form of facts and what the plan pays for them. It begins with the example of a benefit (``?example=``) or a kept case
    (``?case=``), decided at once; POST decides, adds or drops an event, or keeps the case under a name."""
    version = access.version_for(actor=request.actor, number=number, on=request.on)
    document = document_of(version=version)
    parts = parts_of(version=version)
    if len(parts) < len(document.combines or ()):
        context = version_context(request, version, "trials", lacking=True)
        return TemplateResponse(request, "workbench/trials/trials.html", context)
    loaded = loaded_versions(versions=[version])
    fields = fields_of(document=document, loaded=loaded)
    if request.method == "POST" and "forget" in request.POST:
        _forget(request, version, request.POST["forget"])
        return HttpResponseRedirect(reverse("workbench:trials", args=[number]))
    typed = _posted(request, fields) if request.method == "POST" else _begun(request, version, document, loaded)
    if request.method == "POST" and "keep" in request.POST and request.POST.get("name", "").strip():
        kept = _keep(request, version, request.POST["name"].strip()[:40], typed)
        return HttpResponseRedirect(reverse("workbench:trials", args=[number]) + f"?case={kept}")
    typed, asked = _with_events(request, typed)
    groups = _forms(fields, typed)
    tried, refusal = (None, "")
    if asked:
        tried, refusal = _tried(document, loaded, typed, groups)
    context = version_context(
        request,
        version,
        "trials",
        groups=groups,
        tried=tried,
        refusal=refusal,
        kept=[case["name"] for case in _kept(request, version)],
        examples=_examples(document, loaded),
        example=request.GET.get("example", ""),
        most=EVENTS_MOST,
    )
    return TemplateResponse(request, "workbench/trials/trials.html", context, status=422 if refusal else 200)


def _tried(document: Document, loaded: Loaded, typed: Typed, groups: dict[str, Any]) -> tuple[Tried | None, str]:
    """The decision, or what is wrong, beside the fields and in all."""
    try:
        return (
            try_case(
                document=document,
                loaded=loaded,
                member=typed.member,
                cover=typed.cover,
                events=typed.events,
                lang=lang(),
            ),
            "",
        )
    except TrialRefused as refused:
        left = []
        for fault in refused.faults:
            form, name = _place(groups, fault.place)
            if form is None:
                left.append(said(fault))
            else:
                form.add_error(name, said(fault))
        return None, " ".join(left) or _("请改正标出的各项")


def _place(groups: dict[str, Any], place: str) -> tuple[Any, str | None]:
    """The form and field at a place such as ``events[0].amounts.total``."""
    head, _dot, name = place.partition(".")
    name = name.removeprefix("amounts.").partition("[")[0].partition(".")[0]
    if head in ("member", "cover"):
        form = groups[head]
    elif head.startswith("events[") and head[7:-1].isdecimal() and int(head[7:-1]) < len(groups["events"]):
        form = groups["events"][int(head[7:-1])]
        form = form["facts"] if name in form["facts"].fields else form["amounts"]
    else:
        return None, None
    return (form, name) if name in form.fields else (None, None)


def _forms(fields: tuple[Field, ...], typed: Typed) -> dict[str, Any]:
    of = {
        group: [field for field in fields if field.group == group] for group in ("member", "cover", "event", "amounts")
    }
    return {
        "member": Facts(of["member"], typed.member, "member"),
        "cover": Facts(of["cover"], typed.cover, "cover"),
        "events": [
            {"facts": Facts(of["event"], event, f"e{i}"), "amounts": Facts(of["amounts"], event, f"e{i}a")}
            for i, event in enumerate(typed.events)
        ],
    }


# -- where the facts come from ------------------------------------------------------------------------------------------


def _posted(request: Request, fields: tuple[Field, ...]) -> Typed:
    given = request.POST
    count = given.get("events", "1")
    events = min(int(count), EVENTS_MOST) if count.isdecimal() and len(count) < 4 else 1

    def read(prefix: str, *groups: str) -> dict[str, str]:
        return {field.name: given.get(f"{prefix}-{field.name}", "")[:500] for field in fields if field.group in groups}

    return Typed(
        read("member", "member"),
        read("cover", "cover"),
        tuple({**read(f"e{i}", "event"), **read(f"e{i}a", "amounts")} for i in range(max(1, events))),
    )


def _begun(request: Request, version: PlanVersion, document: Document, loaded: Loaded) -> Typed:
    kept = _kept(request, version)
    asked = request.GET.get("case", "")
    if asked.isdecimal() and len(asked) < 4 and int(asked) < len(kept):
        case = kept[int(asked)]
        return Typed(case["member"], case["cover"], tuple(case["events"]))
    found = example_facts(document=document, loaded=loaded, benefit=request.GET.get("example", ""))
    found = found or example_facts(document=document, loaded=loaded)
    return found or Typed({}, {}, ({},))


def _with_events(request: Request, typed: Typed) -> tuple[Typed, bool]:
    """The facts with an event more, or without one; and whether they are to be decided now."""
    given = request.POST
    if "add" in given:
        return Typed(typed.member, typed.cover, (*typed.events, {})[:EVENTS_MOST]), False
    drop = given.get("drop", "")
    if drop.isdecimal() and len(typed.events) > 1:
        left = tuple(event for i, event in enumerate(typed.events) if str(i) != drop)
        return Typed(typed.member, typed.cover, left), False
    return typed, True


def _examples(document: Document, loaded: Loaded) -> list[tuple[str, str]]:
    """Benefits whose examples can be tried: id and name."""
    english = lang() == "en"
    parts = [
        document,
        *(loaded.documents[plan].document for plan in document.combines or () if plan in loaded.documents),
    ]
    return [
        (one.benefit, str((one.name.en if english else None) or one.name.zh) if one.name is not None else one.benefit)
        for part in parts
        for one in effective_benefits(part)
    ]


# -- cases that are kept ------------------------------------------------------------------------------------------------


def _kept(request: Request, version: PlanVersion) -> list[dict[str, Any]]:
    return list(request.session.get(KEPT, {}).get(version.number, []))


def _keep(request: Request, version: PlanVersion, name: str, typed: Typed) -> int:
    """Keep a case; the oldest goes when there are too many. Where it stands now."""
    case = {"name": name, "member": typed.member, "cover": typed.cover, "events": list(typed.events)}
    kept = [one for one in _kept(request, version) if one["name"] != name]
    kept = [*kept, case][-KEPT_MOST:]
    request.session[KEPT] = {**request.session.get(KEPT, {}), version.number: kept}
    return len(kept) - 1


def _forget(request: Request, version: PlanVersion, name: str) -> None:
    kept = [one for one in _kept(request, version) if one["name"] != name]
    request.session[KEPT] = {**request.session.get(KEPT, {}), version.number: kept}


urlpatterns: list[URLPattern] = [
    path("plans/<plan_number:number>/trial", trials, name="trials"),
]
