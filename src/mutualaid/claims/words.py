"""Computations of claims in words: lines with their reasons and their working, facts and papers.

Reviewers, members and letters read the same words. ``lang``: ``zh`` or ``en``; another raises ValueError.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mutualaid.claims.queries import LineTold
from mutualaid.core.money import shown
from mutualaid.plans.compiling import effective_benefits
from mutualaid.plans.document import Document
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.prose.model import Row
from mutualaid.plans.prose.wording import Wording, language
from mutualaid.plans.prose.working import cited_rows, english_names
from mutualaid.plans.queries import document_of
from mutualaid.plans.trial import EVENT_FIELDS, FIELD_NAMES, Field


@dataclass(frozen=True)
class LineInWords:
    """One line of a computation as people read it: names of plan and benefit, outcome, reasons and missing facts in words, and
    the steps of the working with their clauses (``Row.cells``: label, what it adds or takes, the figure after it; yuan)."""

    plan: str
    plan_name: str
    name: str
    outcome: str
    outcome_name: str
    amount: Decimal
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    provisional: bool
    working: tuple[Row, ...]


def lines_in_words(*, lines: Sequence[LineTold], lang: str) -> list[LineInWords]:
    """Lines of a computation in words. One query for the plans that they name."""
    documents = _documents(line.plan for line in lines)
    return [_line(line, documents.get(line.plan), lang) for line in lines]


def _documents(plans: Iterable[str]) -> dict[str, Document]:
    wanted = PlanVersion.objects.filter(plan__in=set(plans), state__in=("published", "withdrawn"))
    return {version.plan: document_of(version=version) for version in wanted.only("plan", "text")}


def _line(line: LineTold, document: Document | None, lang: str) -> LineInWords:
    say = Wording(language(lang), document.vocabulary if document is not None else None)
    plan, name = line.plan, line.benefit
    if document is not None:
        plan = say.of(document.name)
        found = next((one for one in effective_benefits(document) if one.benefit == line.benefit), None)
        name = say.of(found.name) if found is not None and found.name else say.named("benefit_name", line.benefit)
    names = english_names(document) if document is not None else {}
    return LineInWords(
        plan=line.plan,
        plan_name=plan,
        name=say.title(name),
        outcome=line.outcome,
        outcome_name=say(f"outcome.{line.outcome}"),
        amount=line.amount,
        reasons=tuple(say(f"reason.{reason}") for reason in line.reasons),
        missing=tuple(FIELD_NAMES.get(fact, (fact, fact))[0 if say.zh else 1] for fact in line.missing),
        provisional=line.provisional,
        working=tuple(cited_rows(line.working, say, names)),
    )


# --- facts of the event -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FactInWords:
    """A fact of the contract's event with its name: ``group`` is ``event`` or ``amounts``."""

    group: str
    name: str
    label: str
    value: str


_OWN_NAMES = {"x_diagnosis": ("诊断（纸上的文字）", "diagnosis, as written")}
"""Facts of our own, beside the contract's, that members tell."""


def facts_in_words(*, facts: Mapping[str, Any], lang: str) -> list[FactInWords]:
    """The facts that are told, in the order of the form; facts without a name of ours are shown by the contract's word."""
    zh = language(lang) == "zh"
    found = []
    known = {field.name for field in EVENT_FIELDS}
    for field in EVENT_FIELDS:
        value = (facts.get("amounts") or {}).get(field.name) if field.group == "amounts" else facts.get(field.name)
        if value not in (None, "", []):
            label = field.zh if zh else field.en
            found.append(FactInWords(field.group, field.name, label, _value(field, value, zh=zh)))
    for name, value in facts.items():
        if name not in known and name != "amounts" and value not in (None, "", []):
            label = _OWN_NAMES.get(name, (name, name))[0 if zh else 1]
            found.append(FactInWords("event", name, label, str(value)))
    return found


def _value(field: Field, value: Any, *, zh: bool) -> str:
    if field.kind == "money":
        return shown(Decimal(value))
    if field.kind == "flag":
        return {True: ("是", "yes"), False: ("否", "no")}[bool(value)][0 if zh else 1]
    if isinstance(value, list):
        return ("、" if zh else ", ").join(str(one) for one in value)
    for word, chinese, english in field.choices:
        if word == str(value):
            return chinese if zh else english
    return str(value)


def kind_in_words(*, kind: str, lang: str) -> str:
    """``inpatient`` -> ``住院``."""
    field = next(one for one in EVENT_FIELDS if one.name == "kind")
    return _value(field, kind, zh=language(lang) == "zh")


def facts_as_typed(*, facts: Mapping[str, Any]) -> dict[str, str]:
    """The facts as the fields of a form show them."""
    typed = {}
    for field in EVENT_FIELDS:
        value = (facts.get("amounts") or {}).get(field.name) if field.group == "amounts" else facts.get(field.name)
        if value is None:
            continue
        if isinstance(value, bool):
            typed[field.name] = "true" if value else "false"
        else:
            typed[field.name] = "，".join(map(str, value)) if isinstance(value, list) else str(value)
    return typed
