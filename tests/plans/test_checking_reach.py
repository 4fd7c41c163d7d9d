"""Checks of reach: benefits that no event triggers, conditions against each other, rows never chosen, gaps between rows."""

import pytest

from mutualaid.plans.checking.reach import shortest_days
from tests.plans.documents import GOOD, Wrong, assert_found, change, check

SEVERE = "        - {when: {severity: severe}, value: 10000}\n"
MILD = "        - {when: {severity: mild}, value: 3000}\n"
ROWS = SEVERE + MILD
PER_DAY = "      per_day: 50\n"
DEDUCTIBLE = "deductible: {amount: 500}"


def rows(*lines: str) -> list[tuple[str, str]]:
    """Other rows for the sum of the critical illness."""
    return [(ROWS, "".join(f"        - {line}\n" for line in lines))]


def deductible(*lines: str) -> list[tuple[str, str]]:
    """Other rows for the deductible, of which every event needs one."""
    return [
        (DEDUCTIBLE, "deductible:\n      amount:\n" + "".join(f"        - {line}\n" for line in lines).rstrip("\n"))
    ]


DRUNK = "{when: {circumstances: drunk_driving}, source: S1}"
CANCERS = "{diseases: [cancers]}"


def trigger(condition: str) -> list[tuple[str, str]]:
    """Another trigger of the critical illness; the list of cancers is then used by an exclusion."""
    return [(CANCERS, condition), ("circumstances: drunk_driving", "circumstances: drunk_driving, diseases: cancers")]


def by_code(*conditions: str) -> tuple[str, str]:
    """Rows of the sum of the critical illness, by conditions."""
    lines = [f"        - {{when: {{{when}}}, value: {100 + i}}}\n" for i, when in enumerate(conditions)]
    return ROWS, "".join(lines)


NEVER = {
    "employment of two rules": Wrong(
        [
            (
                "  - {employment: in_service, source: S1}",
                "  - {employment: in_service, source: S1}\n  - {employment: [retired, gig], source: S1}",
            )
        ],
        "- {employment: [retired",
        "who[2].employment",
        "与 who[1] 不能同时符合（employment retired/gig），没有人能参加",
        "cannot hold together with who[1] (employment retired/gig): nobody could be covered",
    ),
    "group in and out": Wrong(
        [
            (
                "  - {employment: in_service, source: S1}",
                (
                    "  - {employment: in_service, source: S1}\n"
                    "  - {groups: hardship, not_groups: [hardship, cadre], source: S1}"
                ),
            )
        ],
        "- {groups: hardship",
        "who[2].not_groups",
        "groups 所列的都被 not_groups 排除",
        "everything in groups is ruled out by not_groups",
    ),
    "group of one rule ruled out by another": Wrong(
        [
            (
                "  - {employment: in_service, source: S1}",
                "  - {not_groups: hardship, source: S1}\n  - {groups: hardship, source: S1}",
            )
        ],
        "- {groups: hardship",
        "who[2].groups",
        "与 who[1] 不能同时符合（groups hardship）",
        "cannot hold together with who[1] (groups hardship)",
    ),
    "women's benefit in a plan for men": Wrong(
        [
            ("{from: 16, up_to: 60}", "{from: 16, up_to: 60, sex: M}"),
            ("when: {diseases: [cancers]}", "when: {diseases: [cancers], sex: F}"),
        ],
        "when: {diseases: [cancers], sex: F}",
        "benefits[3].when.sex",
        "与 who 不能同时成立（sex F），这项待遇永远不会给付",
        "cannot hold together with who (sex F): this benefit is never paid",
    ),
    "age that nobody covered has": Wrong(
        [
            (
                "requires:\n      - {when: {hospital_level: [2, 3]}}",
                "requires:\n      - {when: {hospital_level: [2, 3], age: {from: 61}}}",
            )
        ],
        "- {when: {hospital_level",
        "benefits[0].requires[0].when.age",
        "与 who 不能同时成立（age 61–）",
        "cannot hold together with who (age 61–)",
    ),
    "relation that is not admitted": Wrong(
        [
            ("{employment: in_service, source: S1}", "{relation: self, source: S1}"),
            ("when: {accident: true}\n", "when: {accident: true}\n    requires:\n      - {when: {relation: child}}\n"),
        ],
        "- {when: {relation: child",
        "benefits[4].requires[0].when.relation",
        "与 who[1] 不能同时成立（relation child）",
        "cannot hold together with who[1] (relation child)",
    ),
    "hospital levels of two requirements": Wrong(
        [
            (
                "      - {when: {hospital_level: [2, 3]}}\n",
                "      - {when: {hospital_level: [2, 3]}}\n      - {when: {hospital_level: 1}}\n",
            )
        ],
        "- {when: {hospital_level: 1}}",
        "benefits[0].requires[1].when.hospital_level",
        "与 benefits[0].requires[0].when 不能同时成立（hospital_level 1）",
        "cannot hold together with benefits[0].requires[0].when (hospital_level 1)",
    ),
    "kinds that a requirement rules out": Wrong(
        [("{when: {hospital_level: [2, 3]}}", "{when: {hospital_level: [2, 3], kinds: outpatient}}")],
        "- {when: {hospital_level",
        "benefits[0].requires[0].when.kinds",
        "与 benefits[0].kinds 不能同时成立（kinds outpatient）",
        "cannot hold together with benefits[0].kinds (kinds outpatient)",
        ("benefits[1]",),
    ),
    "severity asked twice": Wrong(
        [("when: {diseases: [cancers]}", "when: {diseases: [cancers], severity: mild}")],
        SEVERE.strip(),
        "benefits[3].sum.amount[0].when.severity",
        "benefits[3].when 已使 severity severe 不会出现，这一行永远不会选中",
        "benefits[3].when rules out severity severe, so that this row is never chosen",
    ),
    "disease in and out": Wrong(
        [("when: {diseases: [cancers]}", "when: {diseases: [cancers], not_diseases: [cancers]}")],
        "when: {diseases: [cancers], not_diseases",
        "benefits[3].when.not_diseases",
        "diseases 所列的都被 not_diseases 排除",
        "everything in diseases is ruled out by not_diseases",
    ),
    "days that a stay never has": Wrong(
        [("{when: {hospital_level: [2, 3]}}", "{when: {hospital_level: [2, 3], days: {up_to: 0}}}")],
        "- {when: {hospital_level",
        "benefits[0].requires[0].when.days",
        "days 最小为 1；得到 days –0，永远不成立",
        "days is at least 1, found days –0, which never holds",
    ),
    "alternative against its own condition": Wrong(
        [("when: {accident: true}", "when: {accident: true, any_of: [{accident: false}, {severity: severe}]}")],
        "when: {accident: true, any_of",
        "benefits[4].when.any_of[0].accident",
        "与 benefits[4].when 不能同时成立（accident false），这一选项用不上",
        "cannot hold together with benefits[4].when (accident false), so that this alternative is never met",
    ),
    "alternative against membership": Wrong(
        [
            ("{from: 16, up_to: 60}", "{from: 16, up_to: 60, sex: M}"),
            ("when: {accident: true}", "when: {accident: true, any_of: [{sex: F}, {severity: severe}]}"),
        ],
        "when: {accident: true, any_of",
        "benefits[4].when.any_of[0].sex",
        "与 who 不能同时成立（sex F）：".rstrip("："),
        "cannot hold together with who (sex F): this alternative is never met",
    ),
    "diagnoses ruled out by a wider code": Wrong(
        trigger("{diagnoses: [C50], not_diagnoses: [C]}"),
        "when: {diagnoses: [C50]",
        "benefits[3].when",
        "所列的诊断和手术都被 not_ 开头的条件排除，永远不成立",
        "all diagnoses and operations named are ruled out by the conditions with not_",
    ),
    "exclusion of people who are no members": Wrong(
        [(DRUNK, "{when: {employment: retired}, source: S1}")],
        "- {when: {employment: retired}",
        "exclusions[0].when.employment",
        "who[1] 已使它不会出现（employment retired），这条除外不起作用",
        "who[1] rules it out already (employment retired), so that this exclusion does nothing",
    ),
    "exclusion of an age that no member has": Wrong(
        [
            (
                "    limits:\n      - {what: window",
                "    exclusions:\n      - {when: {age: {from: 70}}}\n    limits:\n      - {what: window",
            )
        ],
        "- {when: {age: {from: 70}}}",
        "benefits[4].exclusions[0].when.age",
        "who 已使它不会出现（age 70–），这条除外不起作用",
        "who rules it out already (age 70–), so that this exclusion does nothing",
    ),
    "exclusion of what never triggers": Wrong(
        [
            (
                "    limits:\n      - {what: window",
                "    exclusions:\n      - {when: {accident: false}}\n    limits:\n      - {what: window",
            )
        ],
        "- {when: {accident: false}}",
        "benefits[4].exclusions[0].when.accident",
        "benefits[4].when 已使它不会出现（accident false），这条除外不起作用",
        "benefits[4].when rules it out already (accident false), so that this exclusion does nothing",
    ),
    "exclusion of a kind that nothing answers to": Wrong(
        [
            (
                "{when: {circumstances: drunk_driving}, source: S1}",
                "{when: {kinds: outpatient, circumstances: drunk_driving}, source: S1}",
            )
        ],
        "- {when: {kinds: outpatient",
        "exclusions[0].when.kinds",
        "没有一项待遇的 kinds 含 outpatient",
        "no benefit has the kind outpatient",
    ),
    "band of a relation that is not admitted": Wrong(
        [
            (
                "[{from: 16, up_to: 60}]",
                "[{from: 16, up_to: 60, relation: self}, {up_to: 17, relation: child}], relation: self",
            )
        ],
        "- {ages",
        "who[0].ages[1].relation",
        "who[0] 不接受 relation child",
        "who[0] does not admit relation child",
    ),
    "benefits that never meet": Wrong(
        [("per: cause, rule: difference", "per: stay, rule: first")],
        "- {benefits: [disability, death]",
        "exclusive[0]",
        "这些待遇的 kinds 各不相同，永远遇不到一起",
        "these benefits have no kind in common and never meet",
    ),
}

ROWS_OF_CHOICES = {
    "unconditional row first": Wrong(
        rows("{value: 5000}", "{when: {severity: mild}, value: 3000}"),
        "- {when: {severity: mild}",
        "benefits[3].sum.amount[1]",
        "前面的一行（第 75 行）没有 when，这一行永远不会选中",
        "a row above (line 75) has no when, so that this row is never chosen",
    ),
    "wider row first": Wrong(
        rows(
            "{when: {age: {from: 30}}, value: 5000}",
            "{when: {age: {from: 40, up_to: 50}, severity: mild}, value: 3000}",
        ),
        "- {when: {age: {from: 40",
        "benefits[3].sum.amount[1]",
        "已包括这一行的情形",
        "covers its cases already",
    ),
    "the same row twice": Wrong(
        rows("{when: {option: [a, b]}, value: 5000}", "{when: {option: a}, value: 3000}"),
        "- {when: {option: a}",
        "benefits[3].sum.amount[1]",
        "前面的一行（第 75 行）已包括这一行的情形",
        "a row above (line 75) covers its cases already",
    ),
    "dates within earlier dates": Wrong(
        rows(
            "{when: {dates: {until: 2026-07-01}}, value: 5000}",
            "{when: {dates: {from: 2025-07-01, until: 2026-01-01}}, value: 3000}",
            "{value: 1}",
        ),
        "- {when: {dates: {from: 2025-07-01",
        "benefits[3].sum.amount[1]",
        "前面的一行（第 75 行）已包括这一行的情形",
        "a row above (line 75) covers its cases already",
    ),
    "dates used up by two rows": Wrong(
        rows(
            "{when: {dates: {until: 2025-07-01}}, value: 5000}",
            "{when: {dates: {from: 2025-07-01}}, value: 4000}",
            "{when: {dates: {from: 2025-06-01, until: 2025-08-01}}, value: 3000}",
        ),
        "- {when: {dates: {from: 2025-06-01",
        "benefits[3].sum.amount[2]",
        "前面各行合起来已包括这一行的情形",
        "the rows above together cover its cases already",
    ),
    "all levels used up": Wrong(
        deductible(
            "{when: {hospital_level: 1}, value: 100}", "{when: {hospital_level: [2, 3]}, value: 500}", "{value: 9}"
        ),
        "- {value: 9}",
        "benefits[0].deductible.amount[2]",
        "前面各行合起来已包括这一行的情形",
        "the rows above together cover its cases already",
        ("benefits[0].deductible.amount[0].when.hospital_level",),
    ),
    "dates before the term": Wrong(
        rows("{when: {dates: {until: 2025-01-01}}, value: 5000}", "{value: 3000}"),
        "- {when: {dates",
        "benefits[3].sum.amount[0].when.dates",
        "term.first_on 已使 dates –2025-01-01 不会出现",
        "term.first_on rules out dates –2025-01-01",
    ),
    "days inside the waiting time": Wrong(
        rows("{when: {days_since_joining: {up_to: 29}}, value: 500}", "{value: 3000}"),
        "- {when: {days_since_joining",
        "benefits[3].sum.amount[0].when.days_since_joining",
        "waiting 已使 days_since_joining –29 不会出现",
        "waiting rules out days_since_joining –29",
    ),
    "kind that the benefit doesn't answer to": Wrong(
        rows("{when: {kinds: outpatient}, value: 500}", "{value: 3000}"),
        "- {when: {kinds: outpatient",
        "benefits[3].sum.amount[0].when.kinds",
        "benefits[3].kinds 已使 kinds outpatient 不会出现",
        "benefits[3].kinds rules out kinds outpatient",
    ),
    "gap between dates": Wrong(
        rows("{when: {dates: {until: 2025-06-30}}, value: 5000}", "{when: {dates: {from: 2025-07-01}}, value: 3000}"),
        "amount:\n        - {when: {dates",
        "benefits[3].sum.amount",
        "dates 2025-06-30–2025-06-30 没有对应的行",
        "no row is for dates 2025-06-30–2025-06-30",
    ),
    "gap between numbers": Wrong(
        rows(
            "{when: {days_since_joining: {up_to: 89}}, value: 500}",
            "{when: {days_since_joining: {from: 91}}, value: 3000}",
        ),
        "amount:\n        - {when: {days_since",
        "benefits[3].sum.amount",
        "days_since_joining 90 没有对应的行",
        "no row is for days_since_joining 90",
    ),
    "level without a deductible": Wrong(
        deductible("{when: {hospital_level: 3}, value: 800}"),
        "amount:\n        - {when: {hospital_level: 3}",
        "benefits[0].deductible.amount",
        "hospital_level 为 2 时没有对应的行",
        "no row is for hospital_level 2",
    ),
    "later stays without a deductible": Wrong(
        deductible("{when: {stay: {up_to: 2}}, value: 800}"),
        "amount:\n        - {when: {stay",
        "benefits[0].deductible.amount",
        "stay 3+ 没有对应的行",
        "no row is for stay 3+",
    ),
    "ages without a deductible": Wrong(
        deductible("{when: {age: {up_to: 40}}, value: 800}", "{when: {age: {from: 46}}, value: 500}"),
        "amount:\n        - {when: {age",
        "benefits[0].deductible.amount",
        "age 41–45 没有对应的行",
        "no row is for age 41–45",
    ),
    "variant of the base that is never taken": Wrong(
        [
            (
                "base: {of: [self_paid], name: 个人自付}",
                (
                    "base:\n      of: [self_paid]\n      name: 个人自付\n      variants:\n"
                    "        - {when: {accident: true}, of: [total]}\n"
                    "        - {when: {accident: true, sex: F}, of: [copay]}"
                ),
            )
        ],
        "- {when: {accident: true, sex: F}",
        "benefits[0].base.variants[1]",
        "前面的一行（第 51 行）已包括这一行的情形",
        "a row above (line 51) covers its cases already",
    ),
    "sex without a shared cap": Wrong(
        [("amount: 60000, per: period", "amount: [{when: {sex: F}, value: 60000}], per: period")],
        "  - {benefits: [inpatient, outpatient_special]",
        "shared_caps[0].amount",
        "sex 为 m 时没有对应的行".replace(" m ", " M "),
        "no row is for sex M",
    ),
}


@pytest.mark.parametrize("wrong", NEVER.values(), ids=NEVER)
def test_what_can_never_happen(wrong: Wrong) -> None:
    assert_found(wrong)


@pytest.mark.parametrize("wrong", ROWS_OF_CHOICES.values(), ids=ROWS_OF_CHOICES)
def test_rows_of_choices(wrong: Wrong) -> None:
    assert_found(wrong)


@pytest.mark.parametrize(
    "changes",
    [
        rows("{when: {days_since_joining: {up_to: 29}, accident: true}, value: 500}", "{value: 3000}"),
        rows("{when: {days_since_joining: {up_to: 30}}, value: 500}", "{value: 3000}"),
        rows("{when: {hospital_level: 3}, value: 500}", "{when: {hospital_level: 2}, value: 300}"),
        rows(
            "{when: {age: {up_to: 40}}, value: 500}",
            "{when: {age: {from: 30}}, value: 300}",
            "{when: {severity: mild}, value: 1}",
        ),
        deductible("{when: {hospital_level: 3}, value: 800}", "{when: {hospital_level: 2}, value: 400}"),
        deductible("{when: {stay: {up_to: 1}}, value: 800}", "{when: {stay: {from: 2}}, value: 400}"),
        deductible("{when: {age: {up_to: 40}}, value: 800}", "{when: {age: {from: 41, up_to: 60}}, value: 500}"),
        deductible("{when: {option: a}, value: 800}", "{when: {option: b}, value: 500}"),
        [("when: {accident: true}", "when: {accident: true, any_of: [{sex: F}, {severity: severe}]}")],
        [
            (DRUNK, "{when: {employment: retired}, source: S1}"),
            ("units: {most: 2", "goes_on: {after: retiring, source: S1}\nunits: {most: 2"),
        ],
        trigger("{diagnoses: [C00-C97], not_diagnoses: [C44]}"),
        trigger("{diseases: [cancers], not_diagnoses: [C]}"),  # the operations are left
        [*trigger("{diagnoses: [C50, D05-D07]}"), by_code("diagnoses: C", "diagnoses: D0")],
        [*trigger("{diagnoses: [C50]}"), by_code(*(f"diagnoses: C50.{i}" for i in range(10)))],
        [*trigger("{diseases: [cancers]}"), by_code("diseases: cancers, severity: mild", "diseases: cancers")],
        [*trigger("{diagnoses: C50}"), by_code("operations: '85.4'", "diagnoses: C50")],
        trigger("{severity: [mild, severe]}"),
    ],
    ids=lambda changes: changes[0][1].split("\n")[-2 if "\n" in changes[0][1] else -1].strip(),
)
def test_choices_that_are_right(changes: list[tuple[str, str]]) -> None:
    assert check(change(GOOD, *changes)) == []


@pytest.mark.parametrize(("months", "days"), [(0, 0), (1, 27), (6, 179), (12, 362)])
def test_months_have_at_least_so_many_days(months: int, days: int) -> None:
    assert shortest_days(months) == days


LOST = {
    "severity": (trigger("{severity: [mild, severe, critical]}"), "severity critical"),
    "groups": (
        [*trigger("{groups: [poor, model]}"), by_code("groups: poor, severity: mild", "groups: poor")],
        "groups model",
    ),
    "grade": (
        [*trigger("{disability_grade: {up_to: 10}}"), by_code("disability_grade: {from: 1, up_to: 8}")],
        "disability_grade 9–10",
    ),
    "codes": (
        [*trigger("{diagnoses: [C50-C52, D05]}"), by_code("diagnoses: C50", "diagnoses: D0")],
        "diagnoses C51-C52",
    ),
    "codes ruled out": (
        [*trigger("{diagnoses: [C50-C60], not_diagnoses: [C55-C60]}"), by_code("diagnoses: C50-C53")],
        "diagnoses C54",
    ),
    "narrower codes": (
        [*trigger("{diagnoses: [C50]}"), by_code(*(f"diagnoses: C50.{i}" for i in range(9)))],
        "diagnoses C50",
    ),
    "operations of a list": ([*trigger("{operations: ['33.5']}"), by_code("diseases: cancers")], None),
    "list by its diagnoses": (
        [*trigger("{diseases: [cancers]}"), by_code("diseases: [cancers], severity: mild", "diagnoses: C")],
        None,
    ),
    "a list's operations": (
        [*trigger("{diseases: [cancers]}"), by_code("operations: '33.5', severity: mild", "operations: '33'")],
        "operations 505",
    ),
}
"""Rows of the sum for severe and mild that leave out something of the trigger; what the message names (None: all is well)."""


@pytest.mark.parametrize(("changes", "named"), LOST.values(), ids=LOST.keys())
def test_what_triggers_a_benefit_has_a_row(changes: list[tuple[str, str]], named: str | None) -> None:
    faults = [fault for fault in check(change(GOOD, *changes)) if fault.place == "benefits[3].sum.amount"]
    assert len(faults) == (named is not None)
    for fault in faults:
        assert f"when 写明的 {named} 在这里没有对应的行，这时不给付" in fault.text("zh")
        assert f"no row is for {named}, which when names" in fault.text("en")
