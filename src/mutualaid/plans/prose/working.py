"""A working in the reader's language. The engine writes its labels in Chinese; here they become English, pattern by pattern.

Names from documents (bases, deductibles, caps) are translated by the documents' own English names. A label that no pattern
knows is shown as the engine wrote it; a test holds every working of the shipped cases against that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from benefit_engine.amounts import AMOUNT_NAMES
from benefit_engine.labels import FACT_LABELS, REASON_LABELS, SCOPE_LABELS
from mutualaid.plans import document as d
from mutualaid.plans.prose.clauses import in_english
from mutualaid.plans.prose.model import Row
from mutualaid.plans.prose.wording import CATALOGUE, Wording

DETAIL = "\u2003"
"""Stands before a detail of the step above it."""
_N = r"(-?[\d.]+)"


def working_rows(working: Iterable[Mapping[str, Any]], say: Wording, names: Mapping[str, str]) -> list[Row]:
    """Steps with their details: label, what it adds or takes, the figure after it.

    ``names``: Chinese names of the documents -> English, see ``english_names``.
    """
    rows: list[Row] = []
    for step in working:
        label = label_in(step["label"], say, names)
        rows.append(Row((label, _amount(step["amount"]), _amount(step["after"]))))
        rows += [
            Row((DETAIL + _detail(part, say, names), _amount(part["amount"]), "")) for part in step.get("detail", ())
        ]
    return rows


def cited_rows(working: Iterable[Mapping[str, Any]], say: Wording, names: Mapping[str, str]) -> Iterator[Row]:
    """The rows of a working as above; each step with the clause on which it rests, its details below it."""
    for step in working:
        first, *details = working_rows([step], say, names)
        yield replace(first, cite=clause_in(step.get("clause", ""), say, names))
        yield from details


def label_in(label: str, say: Wording, names: Mapping[str, str]) -> str:
    """A label of the engine in the reader's language."""
    return label if say.zh else _english(label, names)


def clause_in(clause: str, say: Wording, names: Mapping[str, str]) -> str:
    """What a step of the engine cites, in the reader's language: a clause, or titles of sources."""
    if say.zh:
        return clause
    known = names.get(clause) or in_english(clause)
    return known or "; ".join(names.get(part, part) for part in clause.split("；"))


def english_names(document: d.Part) -> dict[str, str]:
    """Chinese -> English for every bilingual name in a document."""
    found: dict[str, str] = {}
    _collect(document, found)
    return found


def _collect(value: object, found: dict[str, str]) -> None:
    if isinstance(value, d.Words):
        if value.en is not None:
            found.setdefault(value.zh, value.en)
    elif isinstance(value, d.Part):
        for name in type(value).model_fields:
            _collect(getattr(value, name), found)
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            _collect(item, found)


def _amount(text: str) -> str:
    """``"-1234.5"`` -> ``"-1,234.5"``."""
    sign = "-" if text.startswith("-") else ""
    whole, dot, rest = text.lstrip("-").partition(".")
    return f"{sign}{int(whole):,}{dot}{rest}"


def _detail(part: Mapping[str, Any], say: Wording, names: Mapping[str, str]) -> str:
    if "base" not in part:
        return label_in(part["label"], say, names)
    product = f"{_amount(part['base'])} × {part['rate']}"
    span = part["label"].removesuffix(part["rate"]).strip()
    return say("named", name=label_in(span, say, names), text=product) if span else product


# -- Chinese to English -------------------------------------------------------------------------------------------------

_FIXED = {
    **{zh: CATALOGUE[f"amount.{name}"][1] for name, zh in AMOUNT_NAMES.items()},
    **{zh: CATALOGUE[f"reason.{name}"][1] for name, zh in REASON_LABELS.items()},
    **{zh: CATALOGUE[f"fact.{name}"][1] for name, zh in FACT_LABELS.items()},
    **{zh: CATALOGUE[f"scope.{name}"][1] for name, zh in SCOPE_LABELS.items()},
    **{f"{zh}合计": f"all together, {CATALOGUE[f'scope.{name}'][1]}" for name, zh in SCOPE_LABELS.items()},
    "同一次住院": "earlier in the same stay",
    "免补额": "deductible",
    "起补线": "threshold",
    "住院": "in hospital",
    "休养": "of rest",
    "取较大者": "the greater of these",
    "取较小者": "the lesser of these",
    "无应付比例": "nothing is paid at this rate",
    "分段累进计算": "in brackets, each part at its own rate",
    "按所在档的比例计算全额": "all at the rate of its bracket",
    "按所在档的定额": "the sum of its bracket",
    "个人自付不等于其五项之和": "the person's share in scope is not the sum of its five parts",
    "个人自付的组成部分大于个人自付": "parts of the person's share in scope are greater than it",
    "医疗费总额不等于各方支付与个人负担之和": "the total is not the sum of all payers and the person's burden",
    "已知各部分之和大于医疗费总额": "the known parts are greater than the total",
    "医院负担大于医疗费总额": "what the hospital bore is greater than the total",
    "医院负担大于个人负担": "what the hospital bore is greater than the person's burden",
    "个人账户与现金之和不等于个人负担": "account and cash together are not the person's burden",
    "个人账户或现金支付大于个人负担": "account or cash is greater than the person's burden",
    "个人账户与现金之和大于医疗费总额": "account and cash together are greater than the total",
}

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (rf"(.+)（累计自{_N}元至{_N}元）", "{0} (running total from {1} to {2} yuan)"),
        (r"计入 ([\d.]+%)", "{0} of it counts"),
        (rf"(.+?){_N}元（达到，从第一元起算）", "{0} {1} yuan (reached: counts from the first yuan)"),
        (rf"(.+?){_N}元（未达到）", "{0} {1} yuan (not reached)"),
        (rf"(.+?){_N}元（(.+?)已抵扣{_N}元）", "{0} {1} yuan ({3} yuan of it already borne {2})"),
        (rf"{_N}元以上至{_N}元 ([\d.]+%)", "over {0} up to {1} yuan: {2}"),
        (rf"{_N}元以上 ([\d.]+%)", "over {0} yuan: {1}"),
        (rf"{_N}元以内 ([\d.]+%)", "up to {0} yuan: {1}"),
        (rf"{_N}元以上至{_N}元", "over {0} up to {1} yuan"),
        (rf"{_N}元以上", "over {0} yuan"),
        (rf"{_N}元以内", "up to {0} yuan"),
        (rf"{_N}元以上至{_N}元 定额{_N}元", "over {0} up to {1} yuan: a sum of {2} yuan"),
        (rf"{_N}元以上 定额{_N}元", "over {0} yuan: a sum of {1} yuan"),
        (rf"{_N}元以内 定额{_N}元", "up to {0} yuan: a sum of {1} yuan"),
        (rf"定额{_N}元", "a sum of {0} yuan"),
        (rf"(住院|休养){_N}天，计{_N}天 × 每天{_N}元", "{1} days {0}, {2} of them counted × {3} yuan a day"),
        (rf"(住院|休养){_N}天 × 每天{_N}元", "{1} days {0} × {2} yuan a day"),
        (rf"(.+?)最多{_N}天，还可计{_N}天", "at most {1} days {0}, {2} left"),
        (rf"伤残{_N}级，给付([\d.]+%)", "disability of grade {0}: {1}"),
        (rf"补足：(.+?)已给付{_N}元", "topped up: {1} yuan already paid {0}"),
        (rf"× {_N}份", "× {0} units"),
        (rf"算法{_N}", "way {0}"),
        (rf"不足{_N}元的按{_N}元", "under {0} yuan: raised to {1} yuan"),
        (rf"(.+?)已给付{_N}元，只补差额", "{1} yuan already paid {0}: only the difference"),
        (rf"与另一项待遇不重复给付：(.+?)已给付{_N}元", "not together with another benefit: {1} yuan already paid {0}"),
        (rf"(.+?)限额{_N}元，已用{_N}元", "cap {0}: {1} yuan, {2} used"),
        (rf"(.+?)限额{_N}元", "cap {0}: {1} yuan"),
        (rf"不超过本人实际负担余额{_N}元", "never more than the {0} yuan that the member still bears"),
        (rf"(.+?){_N}元", "{0} {1} yuan"),
    )
)
_MISSING = "缺："


def _english(label: str, names: Mapping[str, str]) -> str:
    known = names.get(label) or _FIXED.get(label)
    if known is not None:
        return known
    if label.startswith(_MISSING):
        facts = label.removeprefix(_MISSING).split("、")
        return "missing: " + ", ".join(_english(fact, names) for fact in facts)
    for pattern, text in _PATTERNS:
        match = pattern.fullmatch(label)
        if match is not None:
            return text.format(*(_part(part, names) for part in match.groups()))
    return label


def _part(text: str, names: Mapping[str, str]) -> str:
    """A part of a label: a figure, a name of a document, or words that a pattern knows."""
    return text if re.fullmatch(_N + "%?", text) else _english(text, names)
