"""管理端: decided claims at which a person looks again: what the member says, what was decided, what would be computed now; the
answer to the member."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from mutualaid.claims import access, queries
from mutualaid.claims.actions.objections import close_review_task, reopen
from mutualaid.claims.actions.reviewing import REASONS
from mutualaid.claims.eyes import left_for_review
from mutualaid.claims.models import ReviewTask, TaskKind
from mutualaid.claims.queries import Stands
from mutualaid.claims.refusals import FactsFaulty
from mutualaid.claims.reviewers import computed_now, in_wanted_order
from mutualaid.claims.states import REVIEW_TASK
from mutualaid.claims.words import facts_in_words, lines_in_words
from mutualaid.people.refusals import Refused
from mutualaid.plans.trial import TrialRefused
from mutualaid.web.common.answers import said as either
from mutualaid.web.common.guards import staff_only
from mutualaid.web.common.paging import page_asked
from mutualaid.web.common.rendering import said
from mutualaid.web.common.requests import Request, note_read
from mutualaid.web.workbench.claim_forms import FACTS, beside, facts_told, typed_of
from mutualaid.web.workbench.claims import PAGE, lang
from mutualaid.web.workbench.listing import StateField, WordsField
from mutualaid.web.workbench.trials import Facts


class ReviewsAsked(forms.Form):
    """What the list is asked."""

    alike = True

    q = WordsField(label=gettext_lazy("申请编号"))
    kind = forms.ChoiceField(
        label=gettext_lazy("种类"),
        required=False,
        choices=lambda: [
            ("", _("全部")),
            (TaskKind.OBJECTION, _("申请人工复核")),
            (TaskKind.RECALCULATED, _("理算结果变动")),
        ],
    )
    state = StateField(REVIEW_TASK)


class AnswerForm(forms.Form):
    """What the member is told, and how the facts are told now."""

    answer = forms.CharField(
        label=gettext_lazy("答复会员"), widget=forms.Textarea(attrs={"rows": 4}), max_length=1000, required=False,
        help_text=gettext_lazy("写明复核了什么、结论和理由；会员会看到"),
    )  # fmt: skip
    corrects = forms.BooleanField(label=gettext_lazy("按材料更正事实后重新理算"), required=False)

    def __init__(self, data: Any, typed: Mapping[str, str]) -> None:
        super().__init__(data)
        self.event = Facts(list(FACTS), typed, "fact")


@staff_only(roles=access.FIRST_REVIEW)
@require_safe
def reviews(request: Request) -> HttpResponseBase:
    """What waits for a person who had no part in the decision, what is due first first; done ones when asked for."""
    form = ReviewsAsked(request.GET)
    form.is_valid()
    asked = form.cleaned_data
    rows = access.tasks_visible_to(actor=request.actor, on=request.on).filter(state=asked.get("state") or "open")
    if asked.get("kind"):
        rows = rows.filter(kind=asked["kind"])
    if asked.get("q"):
        rows = rows.filter(claim__number=asked["q"].strip().upper())
    rows = rows.select_related("claim__member", "claim__particulars").order_by("due_on", "id")
    page = page_asked(request, rows, PAGE)
    told = [(one, (request.on - one.due_on).days if one.state == "open" else 0) for one in page]
    return TemplateResponse(
        request, "workbench/reviews/reviews.html", {"form": form, "page": page, "rows": told, "tab": "reviews"}
    )


@staff_only(roles=access.FIRST_REVIEW)
@require_safe
def review(request: Request, number: str, kind: str) -> HttpResponseBase:
    """One of them: both computations beside each other, and the answer."""
    task = access.task_to_close(actor=request.actor, number=number, kind=kind, on=request.on)
    return _review(request, task, AnswerForm(None, typed_of(task.claim)))


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def review_answer(request: Request, number: str, kind: str) -> HttpResponseBase:
    """Answer the member; with corrected facts where they were told wrongly. ``try``: only show what would come of it."""
    task = access.task_to_close(actor=request.actor, number=number, kind=kind, on=request.on)
    form = _posted(request)
    if not form.is_valid():
        return _review(request, task, form, status=422)
    try:
        # None: they stay as they were told.
        facts = facts_told(request, task.claim) if form.cleaned_data["corrects"] else None
        if "try" in request.POST:
            return _review(request, task, form, now=computed_now(claim=task.claim, facts=facts))
        answer = form.cleaned_data["answer"]
        done = close_review_task(task=task, facts=facts, answer=answer, by=request.actor, at=request.at)
    except (FactsFaulty, TrialRefused) as refusal:
        beside(form, refusal)
        return _review(request, task, form, status=422)
    except Refused as refusal:
        form.add_error(None, said(refusal))
        return _review(request, task, form, status=409)
    if done.state == "open":
        messages.success(request, _("%s 的复核意见已记录；该金额须由另一人独立复核一致后生效") % number)
        return HttpResponseRedirect(reverse("workbench:reviews"))
    told = _("%s 已复核，决定有变更，新的决定书正在生成") if done.changed else _("%s 已复核，维持原决定，已答复会员")
    messages.success(request, told % number)
    return HttpResponseRedirect(reverse("workbench:reviews"))


@staff_only(roles=access.FIRST_REVIEW)
@require_POST
def review_reopening(request: Request, number: str, kind: str) -> HttpResponseBase:
    """A claim that a person set aside is looked at from the beginning."""
    task = access.task_to_close(actor=request.actor, number=number, kind=kind, on=request.on)
    form = _posted(request)
    form.is_valid()
    answer = form.cleaned_data.get("answer", "")
    try:
        reopen(claim=task.claim, task=task, answer=answer, by=request.actor, at=request.at)
    except Refused as refusal:
        form.add_error(None, said(refusal))
        return _review(request, task, form, status=409)
    messages.success(request, _("%s 已重新受理，回到初审") % number)
    return HttpResponseRedirect(reverse("workbench:claim", args=[number]))


def _posted(request: Request) -> AnswerForm:
    typed = {field.name: request.POST.get(f"fact-{field.name}", "")[:500] for field in FACTS}
    return AnswerForm(request.POST, typed)


def _review(
    request: Request, task: ReviewTask, form: AnswerForm, *, now: Stands | None = None, status: int = 200
) -> HttpResponseBase:
    claim = task.claim
    note_read(request, "read_claim", claim)
    stands = queries.stands(claim=claim)
    tried = now is not None
    refusal = ""
    moved = None
    if task.kind == TaskKind.REORDERED:
        moved = in_wanted_order(claim=claim) if task.state == "open" else None
        now = moved[0] if moved is not None else None
    elif now is None and task.state == "open" and claim.counts:
        try:
            now = computed_now(claim=claim, facts=None)
        except Refused as fault:
            refusal = said(fault)
    word = claim.particulars.reason_word
    context = {
        "task": task,
        "claim": claim,
        "form": form,
        "stands": stands,
        "lines": _touched(stands),
        "now": now,
        "lines_now": _touched(now),
        "moved": moved[1] if moved is not None else [],
        "tried": tried,
        "refusal": refusal,
        "same": now is not None and stands is not None and now.sha256 == stands.sha256,
        "facts": facts_in_words(facts=queries.facts_of(claim=claim), lang=lang()),
        "reason": either(*REASONS[word]) if word in REASONS else word,
        "may_reopen": claim.state == "refused" and not claim.counts,
        "left": left_for_review(claim=claim, on=request.on) if task.kind == TaskKind.OBJECTION else None,
    }
    return TemplateResponse(request, "workbench/reviews/review.html", context, status=status)


def _touched(stands: Stands | None) -> list[Any]:
    if stands is None:
        return []
    return lines_in_words(lines=[line for line in stands.lines if line.outcome != "none"], lang=lang())


urlpatterns: list[URLPattern] = [
    path("reviews", reviews, name="reviews"),
    path("reviews/<claim_number:number>/<slug:kind>", review, name="review"),
    path("reviews/<claim_number:number>/<slug:kind>/answer", review_answer, name="review_answer"),
    path("reviews/<claim_number:number>/<slug:kind>/reopening", review_reopening, name="review_reopening"),
]
