"""Plan documents for tests: a faultless one with a little of everything, changed by replacing text."""

from __future__ import annotations

from typing import NamedTuple

from mutualaid.plans.checking import check_drafts
from mutualaid.plans.reading import PlanFault, read_document

GOOD = """\
plan: sample
family: samples
status: published
name: {zh: 示例计划, en: Sample plan}
organiser: 示例总工会
sources:
  S1: {title: 示例办法, address: "https://example.org/s1", grade: A}
price:
  - {fee: 100, option: a, source: S1}
  - {fee: 200, option: b, source: S1}
payers:
  - {payer: member, least: 20, most: 80, source: S1}
term:
  years: 1
  begins: fixed
  on: 01-01
  first_on: 2025-01-01
  source: S1
  enrolment: {opens: 09-01, closes: 12-15}
  refund: {on_exit: none, never_eligible: full}
  run_off: {days: 90}
who:
  - {ages: [{from: 16, up_to: 60}], clause: 第三条}
  - {employment: in_service, source: S1}
units: {most: 2, source: S1}
employer:
  - {least_share: 80%, all_up_to: 30, source: S1}
waiting: {days: 30, source: S1}
limits:
  - {what: filing, within: {days: 90}, of: start, source: S1}
exclusions:
  - {when: {circumstances: drunk_driving}, source: S1}
lists:
  cancers:
    name: 恶性肿瘤
    source: S1
    entries:
      - {name: 恶性肿瘤, diagnoses: [C00-C97]}
      - {name: 器官移植, operations: ["33.5", "50.5"]}
benefits:
  - benefit: inpatient
    name: 住院补助
    kinds: inpatient
    source: S1
    requires:
      - {when: {hospital_level: [2, 3]}}
    base: {of: [self_paid], name: 个人自付}
    deductible: {amount: 500}
    rate:
      mode: marginal
      brackets:
        - {over: 0, up_to: 10000, rate: 40%}
        - {over: 10000, up_to: 50000, rate: 60%}
        - {over: 50000, rate: 0%}
    floor: 100
    caps:
      - {amount: 20000, per: stay}
      - {amount: 50000, per: period}
  - benefit: outpatient_special
    like: inpatient
    kinds: [outpatient_special]
  - benefit: allowance
    kinds: [inpatient]
    source: S1
    days:
      per_day: 50
      after: 3
      caps: [{days: 30, per: stay}, {days: 90, per: period}]
  - benefit: critical_illness
    kinds: [diagnosis, inpatient]
    when: {diseases: [cancers]}
    source: S1
    sum:
      amount:
        - {when: {severity: severe}, value: 10000}
        - {when: {severity: mild}, value: 3000}
    once: {per: life, upgrade: true}
  - benefit: disability
    kinds: disability
    when: {accident: true}
    source: S1
    limits:
      - {what: window, within: {days: 180}, of: accident}
    sum:
      amount: 20000
      ladder: [100%, 90%, 80%, 70%, 60%, 50%, 40%, 30%, 20%, 10%]
  - benefit: death
    kinds: death
    source: S1
    sum: {amount: 30000, top_up: {of: [disability], per: life}}
    once: {per: life}
shared_caps:
  - {benefits: [inpatient, outpatient_special], amount: 60000, per: period, source: S1}
exclusive:
  - {benefits: [disability, death], per: cause, rule: difference, source: S1}
"""

COMBINATION = """\
plan: bundle
family: bundles
status: published
name: 示例组合
organiser: 示例总工会
sources:
  S1: {title: 示例办法}
term: {years: 1, source: S1}
benefits:
  - benefit: relief
    kinds: [inpatient]
    source: S1
    base: {of: remaining, name: 仍由个人负担}
    rate: 50%
    caps:
      - {amount: 5000, per: period}
shared_caps:
  - {amount: 30000, per: period, source: S1}
combines: [first, second]
"""

PART = """\
plan: first
family: firsts
status: published
name: 单项计划
organiser: 示例总工会
sources:
  S1: {title: 示例办法}
term: {years: 1, source: S1}
units: {most: 1, source: S1}
benefits:
  - benefit: inpatient
    kinds: [inpatient]
    source: S1
    base: {of: self_paid, name: 个人自付}
    rate: 70%
    caps:
      - {amount: 20000, per: period}
  - benefit: death
    kinds: [death]
    source: S1
    sum: {amount: 10000}
    once: {per: life}
"""

SECOND = PART.replace("first", "second")


def change(text: str, *replacements: tuple[str, str]) -> str:
    """A text with parts replaced; each must stand in it exactly once."""
    for old, new in replacements:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the document"
        text = text.replace(old, new)
    return text


def line_of(text: str, snippet: str) -> int:
    """Line on which a snippet begins, from 1; it must stand in the text exactly once."""
    assert text.count(snippet) == 1, f"{snippet!r} stands {text.count(snippet)} times in the document"
    return text[: text.index(snippet)].count("\n") + 1


def check(*documents: str, files: tuple[str, ...] = ()) -> list[PlanFault]:
    """Faults of meaning of documents read together; each file is named after its plan unless ``files`` says otherwise."""
    drafts = []
    for i, text in enumerate(documents):
        plan = text.partition("plan: ")[2].partition("\n")[0]
        drafts.append(read_document(files[i] if files else f"{plan}.yaml", text.encode()))
    return check_drafts(drafts)


class Wrong(NamedTuple):
    """A change to a document and the fault that it makes: where the text begins, the place, words in both languages.

    ``more``: places of further faults that the same change makes, in the order of the report.
    """

    changes: list[tuple[str, str]]
    at: str
    place: str
    zh: str
    en: str
    more: tuple[str, ...] = ()


def assert_found(wrong: Wrong, text: str = GOOD, *others: str) -> None:
    """The change makes exactly this fault, on its line, in both languages, with what to do."""
    changed = change(text, *wrong.changes)
    faults = check(changed, *others)
    assert sorted(fault.place for fault in faults) == sorted([wrong.place, *wrong.more]), "\n".join(
        fault.text("en") for fault in faults
    )
    fault = next(fault for fault in faults if fault.place == wrong.place)
    assert fault.line == line_of(changed, wrong.at)
    assert fault.file == "{}.yaml".format(changed.partition("plan: ")[2].partition("\n")[0])
    assert wrong.zh in fault.zh
    assert wrong.en in fault.en
