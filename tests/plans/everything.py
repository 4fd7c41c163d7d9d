"""Plan documents that use every construct of the plan language, for tests that nothing of a document gets lost.

Texts that exist in one language only are signs (①), so that a page can be searched for words of the wrong language.
"""

from __future__ import annotations

from typing import Any

from mutualaid.plans.document import Document
from mutualaid.plans.yaml_reader import read_yaml

PLAN = """
plan: everything-2025
family: everything
status: illustrative
name: {zh: 全项互助计划, en: Plan with everything}
organiser: {zh: 某市总工会, en: A city's federation}
summary: {zh: 每一种写法都用到。, en: Every construct once.}
clause: §1
source: [S1, S2]
assumed: ①
reading: ②
note: {zh: 总说明, en: General note}
vocabulary: {enrol: 参互, contribution: 保障费, benefit: 补助金, claim: 申领}
sources:
  S1: {title: ③, address: "https://example.org/1", grade: A, on: 2024-09-04}
  S2: {title: ④, grade: B}
  S3: {title: ⑤, grade: C, address: "https://example.org/3"}
price:
  - {fee: 100, option: "1", employer_type: "8", risk_class: high, clause: §2, assumed: ⑥}
  - {fee: 130.50, option: "2", lasts: {months: 6}, note: {zh: 低价, en: Cheap}}
payers:
  - {payer: member, least: 10, most: 20, source: S1}
  - {payer: employer, most: 30}
  - {payer: employer_union, least: 5}
  - {payer: upper_union}
  - {payer: administration, least: 7, most: 7, reading: ⑦}
term:
  years: 2
  begins: working_days_after_payment
  on: "03-01"
  first_on: 2025-03-01
  working_days: 5
  enrolment: {opens: "09-01", closes: "12-11", catch_up_month: 5, clause: §3}
  exit: any_time
  refund: {on_exit: pro_rata, never_eligible: full, before_cover: full, source: S2}
  run_off: {months: 8}
  clause: §4
who:
  - ages:
      - {from: 18, up_to: 60, sex: M, relation: self, renewal_only_from: 55}
      - {from: 16, sex: F, until_retirement: true}
      - {up_to: 17, relation: child}
    clause: §5
  - {employment: [in_service, gig], source: S1}
  - {basic_insurance: [employee, resident]}
  - {groups: [hardship], not_groups: [model_worker], relation: [self, child]}
  - told: {zh: 身体健康, en: In good health}
retirement_ages:
  - {sex: M, years: 60, born_from: 1965-01-01, months_per_month: 4, up_to: 63, clause: §6}
  - {sex: F, years: 50, groups: [disabled]}
units: {most: 3, clause: §7}
employer:
  - {least_share: 80%, of: women, all_up_to: 100, clause: §8}
excludes: {plans: [other-plan], clause: §9}
on_top_of: {plans: [everything-combined], clause: §9}
goes_on: {after: [retiring, leaving], clause: §10}
waiting: {days: 30, months: 1, accidents: true, clause: §11}
limits:
  - {what: filing, within: {working_days: 30}, of: discharge, clause: §12}
  - {what: reporting, within: {days: 10}, of: start}
  - {what: window, within: {days: 0}, of: 2026-12-31}
exclusions:
  - {when: {circumstances: [drunk_driving, crime]}, name: {zh: 违法, en: Unlawful}, clause: §13}
calendar: china
lists:
  cancers:
    name: {zh: 癌症, en: Cancers}
    clause: §14
    entries:
      - {name: {zh: 乳腺癌, en: Breast cancer}, diagnoses: [C50, C53-C55]}
      - {name: {zh: 子宫切除, en: Hysterectomy}, operations: ["68.4"]}
  in_situ:
    name: {zh: 原位癌, en: In situ}
    entries:
      - {name: {zh: 原位, en: In situ}, diagnoses: [D00-D09]}
stays_as_one: {within_days: 14, same_disease: true, clause: §15}
late_filed: {earlier_stay: reopens, clause: §15}
benefits:
  - benefit: inpatient
    name: {zh: 住院补助, en: Hospital costs}
    kinds: [inpatient]
    clause: §16
    when:
      sex: F
      accident: false
      diseases: [cancers]
      not_diseases: [in_situ]
      diagnoses: [C00-C97]
      not_diagnoses: [C44]
      operations: ["40"]
      not_operations: ["41"]
      severity: [mild]
      disability_grade: {from: 2, up_to: 5}
      groups: [hardship]
      not_groups: [disabled]
      any_of:
        - {sex: F}
        - {accident: true}
    requires:
      - when:
          kinds: [inpatient]
          settled_by_insurance: true
          hospital_level: [2, 3]
          circumstances: [work_injury]
          age: {from: 18}
          employment: [in_service]
          basic_insurance: [employee]
          relation: [self]
          option: ["1"]
          risk_class: [high]
          tenure: {from: 2, up_to: 4}
          stay: {from: 2}
          days: {from: 3, up_to: 90}
          days_since_joining: {up_to: 400}
          dates: {from: 2025-01-01, until: 2025-07-01}
        name: {zh: 须同时成立, en: All of these}
        source: S2
    exclusions:
      - {when: {circumstances: [self_harm]}, clause: §17}
    waiting: {days: 60, clause: §18}
    found_first: true
    limits:
      - {what: filing, within: {months: 6}, of: settlement}
      - {what: filing, within: {days: 90}, of: cover_end}
      - {what: window, within: {days: 180}, of: accident, clause: §19}
    counts_on: discharge
    base:
      of: [copay, x_special]
      less: [hospital_borne]
      variants:
        - {when: {settled_by_insurance: false}, of: [total], less: [fund_paid], clause: §20}
      share: [{when: {days: {from: 5}}, value: 90%, clause: §21}, {value: 80%}]
      name: {zh: 特别自付, en: Special own part}
      collects: [inpatient, outpatient]
      clause: §22
    deductible:
      amount: [{when: {hospital_level: [3]}, value: 1000, clause: §23}, {value: 500}]
      per: period
      threshold: true
      name: {zh: 起补标准, en: Entry line}
      clause: §24
    rate:
      tables:
        - when: {tenure: {from: 3}}
          mode: whole
          brackets: [{over: 0, up_to: 5000, rate: 50%}, {over: 5000, rate: 60%}]
          clause: §25
        - mode: steps
          when: {age: {from: 50}}
          brackets: [{over: 0, up_to: 3000, sum: 200}, {over: 3000, sum: 900}]
        - {rate: 12.5%, source: S1}
      per: period
      tenure_bonus: {rate: 1%, after: 2, most: 5%, clause: §26}
      clause: §27
    floor: 100
    caps:
      - amount: [{when: {option: ["1"]}, value: 20000}, {when: {option: ["2"]}, value: 30000, clause: §28}]
        per: period
        clause: §29
      - {amount: 5000, per: stay}
    once: {per: disease, upgrade: true, clause: §30}
    claims: {most: 3, per: life, of: [inpatient, allowance], clause: §31}
    indemnity: false
    order: [caps, units, floor, exclusive, shared_caps, combined_caps, indemnity]
  - benefit: allowance
    kinds: [inpatient]
    source: S1
    days:
      per_day: 50
      of: rest
      after: 3
      all_once_more: true
      both_ends: true
      within_cover: true
      caps: [{days: 90, per: period, clause: §32}]
      clause: §33
    claims: {most: 2}
    indemnity: true
  - benefit: disability
    kinds: [disability, own_kind]
    when: {disability_grade: {from: 7}}
    sum:
      amount: 20000
      ladder: [100%, 90%, 80%, 70%, 60%, 50%, 40%, 30%, 20%, 10%]
      top_up: {of: [inpatient], per: life}
      clause: §34
  - benefit: relief
    kinds: [inpatient]
    greater_of:
      - {days: {per_day: 20}}
      - {sum: {amount: 300}}
  - benefit: critical_illness
    kinds: [diagnosis]
    lesser_of:
      - {sum: {amount: 5000}}
      - base: {of: [self_paid], name: {zh: 自付, en: Own part}}
        deductible: {amount: 10}
        rate: {mode: marginal, brackets: [{over: 0, up_to: 1000, rate: 10%}, {over: 1000, rate: 20%}]}
  - benefit: death
    like: disability
    kinds: [death]
shared_caps:
  - {name: {zh: 合计, en: Together}, benefits: [inpatient, allowance], amount: 40000, per: life, clause: §35}
exclusive:
  - {benefits: [disability, death], per: cause, rule: larger, clause: §36}
"""

COMBINATION = """
plan: everything-combined
family: everything-combined
status: illustrative
name: {zh: 全项组合, en: Combination}
organiser: {zh: 某市总工会, en: A city's federation}
sources: {S1: {title: ①}}
price: [{fee: 200, assumed: ②}]
term: {years: 1, begins: fixed, on: "01-01", source: S1}
benefits: []
shared_caps:
  - {plans: [everything-2025, other-plan], amount: 65200, per: period, source: S1}
  - {amount: [{when: {age: {up_to: 40}}, value: 100}, {value: 200, assumed: ③}], per: stay}
combines: [everything-2025, other-plan]
"""


def raw(text: str) -> Any:
    """The document's content before it is validated."""
    return read_yaml(text.encode()).value


def documents() -> list[Document]:
    """Both documents, validated."""
    return [Document.model_validate(raw(text)) for text in (PLAN, COMBINATION)]
