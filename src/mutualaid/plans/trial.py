"""Trying a plan on a case: a form's facts become a case (docs/adjudication.md), decided by the engine with its working.

Which fields there are is data, so that a page renders the form and says beside each field what is wrong with it. A field left
empty is a fact that is not known, which the engine never takes for zero or for no.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from benefit_engine.amounts import AMOUNT_NAMES
from benefit_engine.decide import Engine
from benefit_engine.facts import CaseError
from benefit_engine.labels import KIND_LABELS
from benefit_engine.words import EMPLOYMENTS, INSURANCES, KINDS
from mutualaid.people.refusals import Refused
from mutualaid.plans import document as d
from mutualaid.plans.compiling import effective_benefits
from mutualaid.plans.library import Loaded
from mutualaid.plans.prose.model import Row
from mutualaid.plans.prose.wording import Wording, language
from mutualaid.plans.prose.working import cited_rows, english_names

Kind = Literal["text", "date", "number", "money", "choice", "flag", "words"]
Group = Literal["member", "cover", "event", "amounts"]
EVENTS_MOST = 20
"""Events of one trial: a form, not a year."""


@dataclass(frozen=True)
class Field:
    """One field of the form. ``choices``: (value, Chinese, English). ``flag``: ``true``, ``false`` or empty (not known);
    ``words``: several, with commas between them."""

    group: Group
    name: str
    kind: Kind
    zh: str
    en: str
    required: bool = False
    choices: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class FieldFault:
    """What is wrong with a field: ``place`` is ``member.birth_date``, ``events[0].amounts.total`` or empty for the whole form."""

    place: str
    zh: str
    en: str


class TrialRefused(Refused):
    """The facts cannot be; ``faults`` says of every field what was expected and found."""

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(
            f"试算的事实应当可能；得到 {len(self.faults)} 处不对。{first.place}：{first.zh}",
            f"expected facts that can be, found {len(self.faults)} that cannot. {first.place}: {first.en}",
        )


@dataclass(frozen=True)
class TriedLine:
    """One line of the decision in words: the benefit, the outcome with its reasons, yuan, and the rows of the working."""

    event: str
    plan: str
    benefit: str
    name: str
    outcome: str
    outcome_name: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    amount: str
    working: tuple[Row, ...]


@dataclass(frozen=True)
class Tried:
    """The case as it was read, the engine's decision, its total in yuan, and its lines in words."""

    case: Mapping[str, Any]
    decision: Mapping[str, Any]
    total: str
    lines: tuple[TriedLine, ...]


def fields_of(*, document: d.Document, loaded: Loaded | None = None) -> tuple[Field, ...]:
    """The form for a plan: kinds of event and words that its rules name are offered. ``loaded`` holds a combination's parts."""
    every = [document, *_parts(document, loaded)]
    kinds = dict.fromkeys(kind for one in every for benefit in effective_benefits(one) for kind in benefit.kinds or ())
    options = dict.fromkeys(row.option for row in document.price if row.option)
    risks = dict.fromkeys(row.risk_class for row in document.price if row.risk_class)
    more = [
        Field("cover", name, "choice", zh, en, choices=tuple((word, word, word) for word in words))
        for name, zh, en, words in (
            ("option", "参保档次", "Option", options),
            ("risk_class", "职业风险类别", "Risk class", risks),
        )
        if words
    ]
    kind = Field("event", "kind", "choice", "事件种类", "Kind of event", required=True, choices=_kinds(kinds))
    return (*_MEMBER, *_COVER, *more, kind, *_EVENT, *_AMOUNTS)


def try_case(
    *,
    document: d.Document,
    loaded: Loaded,
    member: Mapping[str, str],
    cover: Mapping[str, str],
    events: Sequence[Mapping[str, str]],
    lang: str = "zh",
) -> Tried:
    """Decide a form's facts under a document. ``loaded`` holds it (and the parts of a combination), compiled.

    Texts are as typed; an event's amounts stand among its other fields by their names. Raises TrialRefused.
    """
    case = case_of(document=document, member=member, cover=cover, events=events)
    engine: Engine = loaded.engine
    try:
        decision = engine.decide(engine.parse(case)).as_dict()
    except CaseError as error:
        faults = [FieldFault(one.path.replace("covers[0]", "cover"), one.zh, one.en) for one in error.faults]
        raise TrialRefused(faults) from error
    say = Wording(language(lang), document.vocabulary)
    documents = {one.plan: one for one in (document, *_parts(document, loaded))}
    lines = tuple(_line(line, documents, say) for line in decision["lines"])
    return Tried(case, decision, decision["total"], lines)


def case_of(
    *,
    document: d.Document,
    member: Mapping[str, str],
    cover: Mapping[str, str],
    events: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """The case of a form. Raises TrialRefused when a field is not of its kind."""
    faults: list[FieldFault] = []
    if not 1 <= len(events) <= EVENTS_MOST:
        faults.append(
            FieldFault(
                "events",
                f"应有 1 到 {EVENTS_MOST} 件事；得到 {len(events)} 件，请增减",
                f"expected 1 to {EVENTS_MOST} events, found {len(events)}; add or remove some",
            )
        )
    person = _values(_MEMBER, member, "member", faults)
    held = _values([*_COVER, *_FREE], cover, "cover", faults)
    happened = []
    for i, told in enumerate(events[:EVENTS_MOST]):
        facts = _values([_KIND, *_EVENT], told, f"events[{i}]", faults)
        amounts = _values(_AMOUNTS, told, f"events[{i}].amounts", faults)
        happened.append({"event": f"e{i + 1}", **facts, "amounts": amounts})
    if faults:
        raise TrialRefused(faults)
    return {"case": "trial", "member": person, "covers": [{"plan": document.plan, **held}], "events": happened}


def _parts(document: d.Document, loaded: Loaded | None) -> list[d.Document]:
    if loaded is None:
        return []
    return [loaded.documents[plan].document for plan in document.combines or () if plan in loaded.documents]


def _line(line: Mapping[str, Any], documents: Mapping[str, d.Document], say: Wording) -> TriedLine:
    document = documents[line["plan"]]
    benefit = next(one for one in effective_benefits(document) if one.benefit == line["benefit"])
    name = say.of(benefit.name) if benefit.name else say.named("benefit_name", benefit.benefit)
    return TriedLine(
        event=line["event"],
        plan=line["plan"],
        benefit=line["benefit"],
        name=say.title(name),
        outcome=line["outcome"],
        outcome_name=say(f"outcome.{line['outcome']}"),
        reasons=tuple(say(f"reason.{reason}") for reason in line["reasons"]),
        missing=tuple(FIELD_NAMES.get(fact, (fact, fact))[0 if say.zh else 1] for fact in line.get("missing", ())),
        amount=line["amount"],
        working=tuple(cited_rows(line["working"], say, english_names(document))),
    )


# -- reading fields -----------------------------------------------------------------------------------------------------


def _values(fields: Sequence[Field], told: Mapping[str, str], place: str, faults: list[FieldFault]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in fields:
        text = told.get(field.name, "").strip()
        if text:
            value = _value(field, text)
            if value is None:
                faults.append(_wrong(field, f"{place}.{field.name}"))
            else:
                found[field.name] = value
        elif field.required:
            faults.append(
                FieldFault(
                    f"{place}.{field.name}",
                    f"应填写{field.zh}；没有填写，请补上",
                    f"expected {field.en}, found nothing; add it",
                )
            )
    return found


def _value(field: Field, text: str) -> Any:
    """The value of a text, None when it is none of its kind."""
    if field.kind == "date":
        try:
            return datetime.date.fromisoformat(text).isoformat()
        except ValueError:
            return None
    if field.kind == "number":
        return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None
    if field.kind == "money":
        plain = text.replace(",", "").replace("，", "")
        match = re.fullmatch(r"([0-9]{1,12})(?:\.([0-9]{1,2}))?", plain)
        return None if match is None else f"{int(match[1])}.{(match[2] or '').ljust(2, '0')}"
    if field.kind == "flag":
        return {"true": True, "false": False}.get(text)
    if field.kind == "words":
        return [word for word in re.split(r"[\s,，、;；]+", text) if word]
    if field.kind == "choice" and field.choices:
        known = {value for value, _, _ in field.choices}
        chosen = text if text in known else None
        return int(chosen) if chosen is not None and field.name in _NUMBERED else chosen
    return text


_EXPECTED = {
    "date": ("日期，如 2026-03-01", "a date like 2026-03-01"),
    "number": ("整数，如 7", "a whole number like 7"),
    "money": ("元，最多两位小数，如 1200.50", "yuan with at most two decimals, like 1200.50"),
    "flag": ("是或否", "yes or no"),
    "choice": ("所列的一项", "one of those listed"),
}


def _wrong(field: Field, place: str) -> FieldFault:
    zh, en = _EXPECTED[field.kind]
    return FieldFault(
        place,
        f"{field.zh}应为{zh}；得到的不是，请改正",
        f"expected {en} for {field.en}, found something else; correct it",
    )


# -- the fields ---------------------------------------------------------------------------------------------------------

_EMPLOYMENT_NAMES = dict(
    zip(
        EMPLOYMENTS,
        (("在职", "In service"), ("退休", "Retired"), ("灵活就业", "Flexible"), ("新就业形态", "Gig work")),
        strict=True,
    )
)
_INSURANCE_NAMES = dict(
    zip(
        INSURANCES,
        (("职工医保", "Employees' insurance"), ("居民医保", "Residents' insurance"), ("无", "None")),
        strict=True,
    )
)
_MEMBER = (
    Field("member", "birth_date", "date", "出生日期", "Date of birth"),
    Field("member", "sex", "choice", "性别", "Sex", choices=(("F", "女", "Female"), ("M", "男", "Male"))),
    Field(
        "member",
        "employment",
        "choice",
        "就业状态",
        "Employment",
        choices=tuple((word, *_EMPLOYMENT_NAMES[word]) for word in EMPLOYMENTS),
    ),
    Field(
        "member",
        "basic_insurance",
        "choice",
        "基本医保类型",
        "Basic insurance",
        choices=tuple((word, *_INSURANCE_NAMES[word]) for word in INSURANCES),
    ),
    Field("member", "groups", "words", "人群", "Groups"),
)
_COVER = (
    Field("cover", "from", "date", "保障起始日", "First day of cover", required=True),
    Field("cover", "until", "date", "保障终止日（不含）", "Day on which cover is over", required=True),
    Field("cover", "units", "number", "份数", "Units"),
    Field("cover", "joined_on", "date", "连续参保起始日", "First day of unbroken membership"),
    Field("cover", "consecutive_periods", "number", "连续参保期数", "Periods in a row"),
)
_FREE = (
    Field("cover", "option", "text", "参保档次", "Option"),
    Field("cover", "risk_class", "text", "职业风险类别", "Risk class"),
)
_KIND = Field("event", "kind", "text", "事件种类", "Kind of event", required=True)
_NUMBERED = frozenset({"hospital_level", "disability_grade"})
_EVENT = (
    Field("event", "started_on", "date", "开始日期（入院日、确诊日）", "First day", required=True),
    Field("event", "ended_on", "date", "结束日期（出院日）", "Last day"),
    Field("event", "settled_on", "date", "医保结算日期", "Day of settlement"),
    Field("event", "filed_on", "date", "申请日期", "Day of application"),
    Field("event", "reported_on", "date", "报案日期", "Day of report"),
    Field(
        "event",
        "hospital_level",
        "choice",
        "医院等级",
        "Hospital level",
        choices=(("1", "一级", "Level 1"), ("2", "二级", "Level 2"), ("3", "三级", "Level 3")),
    ),
    Field("event", "diagnoses", "words", "诊断编码（ICD-10）", "Diagnoses (ICD-10)"),
    Field("event", "operations", "words", "手术编码（ICD-9-CM-3）", "Operations (ICD-9-CM-3)"),
    Field("event", "severity", "text", "病情程度", "Severity"),
    Field("event", "accident", "flag", "是否意外伤害", "An accident"),
    Field("event", "accident_on", "date", "事故日期", "Day of the accident"),
    Field(
        "event",
        "disability_grade",
        "choice",
        "伤残等级",
        "Grade of disability",
        choices=tuple((str(grade), f"{grade} 级", f"Grade {grade}") for grade in range(1, 11)),
    ),
    Field("event", "first_diagnosed_on", "date", "首次确诊日期", "Day of first diagnosis"),
    Field("event", "rest_days", "number", "休养天数", "Days of rest"),
    Field("event", "circumstances", "words", "情形", "Circumstances"),
    Field("event", "settled_by_insurance", "flag", "经医保结算", "Settled by the insurance"),
)
_AMOUNT_ENGLISH = {
    "total": "Total of the bill",
    "fund_paid": "Paid by the fund",
    "supplement_paid": "Paid by supplements",
    "medical_aid_paid": "Paid by medical aid",
    "hospital_borne": "Borne by the hospital",
    "basic_deductible": "Insurance's deductible",
    "copay": "Co-payment",
    "above_ceiling": "Above the ceiling",
    "pre_self_paid": "First own share of class B",
    "over_limit": "Above price limits",
    "self_paid": "In scope, left to the person",
    "out_of_scope": "Out of scope",
    "account_paid": "From the personal account",
    "cash_paid": "In cash",
    "other_aid_paid": "Other aid",
}
_AMOUNTS = tuple(
    Field("amounts", name, "money", AMOUNT_NAMES[name], english) for name, english in _AMOUNT_ENGLISH.items()
)
FIELD_NAMES = {field.name: (field.zh, field.en) for field in (*_MEMBER, *_COVER, *_FREE, _KIND, *_EVENT, *_AMOUNTS)}


def _kinds(own: Mapping[str, object]) -> tuple[tuple[str, str, str], ...]:
    """The kinds to which the plan answers, then the other common ones."""
    words = [*own, *(kind for kind in KINDS if kind not in own)]
    say = {lang: Wording(language(lang)) for lang in ("zh", "en")}
    return tuple((word, KIND_LABELS.get(word, word), say["en"].title(say["en"].named("kind", word))) for word in words)


EVENT_FIELDS = (replace(_KIND, kind="choice", choices=_kinds({})), *_EVENT, *_AMOUNTS)
"""The form of one event of any plan: its facts, then its amounts."""


def event_of(*, told: Mapping[str, str]) -> dict[str, Any]:
    """The contract's event, without an id, of the fields of a form. Raises TrialRefused when a field is not of its kind."""
    faults: list[FieldFault] = []
    facts = _values([one for one in EVENT_FIELDS if one.group == "event"], told, "event", faults)
    amounts = _values(_AMOUNTS, told, "event.amounts", faults)
    if faults:
        raise TrialRefused(faults)
    return {**facts, "amounts": amounts} if amounts else facts
