"""管理端: An office's own words (参保/参互/入会…), with sentences of its plans as they would then read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.people.models import Unit
from mutualaid.people.refusals import Refused
from mutualaid.plans import access
from mutualaid.plans.actions import WORD_MOST, set_office_words
from mutualaid.plans.prose.model import Points, Prose, Section
from mutualaid.plans.queries import Words, offered, prose_of, words_for, words_of_units
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paging import page_asked
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request

PAGE = 25
SENTENCES = 8
CHOICES = {
    "enrol": ("参保", "参互", "入会", "参加"),
    "contribution": ("互助费", "会费", "保障费"),
    "benefit": ("互助金", "补助金", "保障金", "慰问金"),
    "claim": ("申请", "理赔", "申领"),
}
"""Words that offices use (reference: the plans of twelve unions); any other may be typed."""


class OwnWords(forms.Form):
    """The four words."""

    enrol = forms.CharField(label=_("加入计划"), max_length=WORD_MOST, help_text=_("如：参保、参互、入会"))
    contribution = forms.CharField(label=_("缴的钱"), max_length=WORD_MOST, help_text=_("如：互助费、会费"))
    benefit = forms.CharField(label=_("给付的钱"), max_length=WORD_MOST, help_text=_("如：互助金、补助金、保障金"))
    claim = forms.CharField(label=_("提出给付请求"), max_length=WORD_MOST, help_text=_("如：申请、理赔"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in CHOICES:
            self.fields[name].widget.attrs |= {"list": f"words-{name}", "autocomplete": "off"}


@staff_only(roles=access.DESIGN)
@require_safe
def words(request: Request) -> HttpResponse:
    """The offices for which the visitor chooses words, and the words that hold there now."""
    offices = access.offices_to_design_for(actor=request.actor, on=request.on).select_related("words")
    page = page_asked(request, offices, PAGE)
    found = words_of_units(units=list(page.object_list))
    rows = [
        {
            "office": office,
            "words": found[office.pk] or Words(),
            "own": hasattr(office, "words"),
            "plain": not found[office.pk],
        }
        for office in page.object_list
    ]
    return TemplateResponse(request, "workbench/words/words.html", {"rows": rows, "page": page})


@staff_only(roles=access.DESIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def words_of(request: Request, code: str) -> HttpResponse:
    """An office's words: a form, with sentences as they would read. ``GET`` with words in the address shows those sentences; htmx
    asks for them while somebody types."""
    office = access.office_to_design_for(actor=request.actor, code=code, on=request.on)
    now = words_for(unit=office)
    given = request.POST if request.method == "POST" else request.GET
    form = OwnWords(given if "enrol" in given else None, initial=_values(now))
    if request.method == "POST" and form.is_valid():
        try:
            set_office_words(unit=office, by=request.actor, at=request.at, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, said(refused))
        else:
            messages.success(request, gettext("叫法已保存，即时用于页面和文书"))
            return HttpResponseRedirect(reverse("workbench:words"))
    shown = Words(**form.cleaned_data) if form.is_bound and form.is_valid() else now
    context = {"office": office, "form": form, "choices": CHOICES, "sentences": _sentences(request, office, shown)}
    if request.htmx:
        return TemplateResponse(request, "workbench/words/sentences.html", context)
    return TemplateResponse(request, "workbench/words/words_of.html", context, status=422 if form.errors else 200)


def _values(words: Words) -> dict[str, str]:
    return {name: getattr(words, name) for name in CHOICES}


def _sentences(request: Request, office: Unit, words: Words) -> list[str]:
    """Sentences of what the office offers that hold one of its words, each of another sort first."""
    told: list[str] = [
        f"单位为职工{words.enrol}，每人每年缴{words.contribution}。",
        f"出院后请及时{words.claim}，审核通过后{words.benefit}转入您的银行卡。",
    ]
    plans = offered(unit=office, on=request.on)[:2]
    for plan in plans:
        told += _holding(prose_of(version=plan, lang="zh", words=words), _values(words).values(), SENTENCES - len(told))
    return told[:SENTENCES]


def _holding(prose: Prose, words: Iterable[str], most: int) -> list[str]:
    """For each word in turn, sentences that hold it."""
    every = [text for text in dict.fromkeys(_rules(prose.sections)) if 8 < len(text) < 120]
    found: list[str] = []
    for word in words:
        found += [text for text in every if word in text and text not in found][:2]
    return found[: max(0, most)]


def _rules(sections: Iterable[Section]) -> Iterator[str]:
    """The statements of a plan, without its notes and readings."""
    for section in sections:
        for block in section.blocks:
            if isinstance(block, Points):
                yield from (point.text for point in block.points)
        yield from _rules(section.parts)


urlpatterns: list[URLPattern] = [
    path("plans/words", words, name="words"),
    path("plans/words/<str:code>", words_of, name="words_of"),
]
