"""Every mechanism of the plan language by hand-computed examples: what an event finds that came before it.

Stays that count as one, reversals and replacements, referred events, what was really paid, and every opening counter.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.small_plans import JsonDict, amounts, bill, case, cover, decide, event, one, plan, stay, told

SELF_PAID = "base: {of: [self_paid], name: 个人自付}\n"
AS_ONE = "stays_as_one: {within_days: 15, clause: 第六条}\n"
CAPPED = one(SELF_PAID + "rate: 100%\ncaps: [{amount: 1000, per: period}]\n")
"""Everything, up to 1,000 a period."""

# -- stays that count as one ------------------------------------------------------------------------------------------------

THREE_STAYS = [
    stay("e1", "2025-03-01", "2025-03-03", self_paid="400.00", diagnoses=["I10"]),
    stay(
        "e2", "2025-03-18", "2025-03-21", self_paid="400.00", diagnoses=["I11.9", "I10.x"]
    ),  # 15 days after: one with e1
    stay("e3", "2025-04-06", "2025-04-10", self_paid="400.00", diagnoses=["I10"]),  # 16 days after: another
]


@pytest.mark.parametrize(
    ("body", "apart", "merged"),
    [
        # 400 < 500 each; as one, 800 - 500 = 300 x 50 %
        ("deductible: {amount: 500}\nrate: 50%\n", ["0.00", "0.00", "0.00"], ["0.00", "150.00", "0.00"]),
        # 400 x 40 % each; as one, F(800) = 500 x 40 % + 300 x 60 % = 380, less 160
        (
            "rate: {brackets: [{over: 0, up_to: 500, rate: 40%}, {over: 500, rate: 60%}]}\n",
            ["160.00", "160.00", "160.00"],
            ["160.00", "220.00", "160.00"],
        ),
        # at most 500 a stay
        ("rate: 100%\ncaps: [{amount: 500, per: stay}]\n", ["400.00"] * 3, ["400.00", "100.00", "400.00"]),
        # two claims a period: as one, the first two are one claim
        ("rate: 100%\nclaims: {most: 2}\n", ["400.00", "400.00", "0.00"], ["400.00"] * 3),
        # the first stay at 100 %, later ones at half
        (
            "rate: {tables: [{when: {stay: {up_to: 1}}, rate: 100%}, {rate: 50%}]}\n",
            ["400.00", "200.00", "200.00"],
            ["400.00", "400.00", "200.00"],
        ),
    ],
)
def test_stays_soon_after_each_other_count_as_one(body: str, apart: list[str], merged: list[str]) -> None:
    assert amounts(one(SELF_PAID + body), case(*THREE_STAYS)) == apart
    assert amounts(one(SELF_PAID + body, rest=AS_ONE), case(*THREE_STAYS)) == merged


@pytest.mark.parametrize(
    ("body", "labels"),
    [
        ("deductible: {amount: 500}\n", ["免补额500元", "免补额500元（同一次住院已抵扣400.00元）", "免补额500元"]),
        ("deductible: {amount: 300}\n", ["免补额300元", "免补额300元（同一次住院已抵扣300.00元）", "免补额300元"]),
        (
            "deductible: {amount: 500, per: period}\n",
            ["免补额500元", "免补额500元（每个保障期已抵扣400.00元）", "免补额500元（每个保障期已抵扣500.00元）"],
        ),
    ],
)
def test_a_working_says_how_much_of_a_deductible_was_borne_before(body: str, labels: list[str]) -> None:
    lines = decide(one(SELF_PAID + body + "rate: 50%\n", rest=AS_ONE), case(*THREE_STAYS))["lines"]
    assert [step["label"] for line in lines for step in line["working"] if step["step"] == "deductible"] == labels


def test_the_days_of_stays_that_count_as_one_add_up() -> None:
    body = "days: {per_day: 50, after: 4, caps: [{days: 2, per: stay}]}\n"
    # 2, 3 and 4 days: none is more than 4. As one: 2, then 5 - 4 = 1; a further stay of 6 days two days later would bring
    # 11 - 4 - 1 = 6 days, of which the cap of the stay leaves 1.
    more = stay("e2b", "2025-03-23", "2025-03-29")
    claims = [THREE_STAYS[0], THREE_STAYS[1], more, stay("e3", "2025-04-20", "2025-04-24")]
    assert told(one(body, rest=AS_ONE), case(*claims)) == [
        "e1 inpatient refuse 0.00 too_few_days",
        "e2 inpatient pay 50.00",
        "e2b inpatient pay 50.00 cap_reached",
        "e3 inpatient refuse 0.00 too_few_days",
    ]
    assert amounts(one(body), case(*claims)) == ["0.00", "0.00", "100.00", "0.00"]  # 6 - 4 = 2


def test_stays_count_as_one_only_with_the_same_disease() -> None:
    same = one(
        SELF_PAID + "deductible: {amount: 500}\nrate: 50%\n", rest=AS_ONE.replace("15,", "15, same_disease: true,")
    )
    assert amounts(same, case(*THREE_STAYS)) == ["0.00", "150.00", "0.00"]  # I10 is among the diagnoses of both
    other = {**THREE_STAYS[1], "diagnoses": ["I11.9"]}
    assert amounts(same, case(THREE_STAYS[0], other)) == ["0.00", "0.00"]
    unknown = {**THREE_STAYS[1], "diagnoses": None}
    assert amounts(same, case(THREE_STAYS[0], unknown)) == ["0.00", "0.00"]


# -- undone and put right -----------------------------------------------------------------------------------------------------


def test_a_reversal_gives_back_what_it_used() -> None:
    claims = [stay("e1", "2025-03-01", self_paid="800.00"), stay("e2", "2025-04-01", self_paid="800.00")]
    reversal = stay("r1", "2025-03-01", reverses="e1", **bill(self_paid="-800.00"))
    assert amounts(CAPPED, case(*claims)) == ["800.00", "200.00"]
    assert told(CAPPED, case(*claims, reversal)) == [
        "e1 inpatient none 0.00 reversed",
        "e2 inpatient pay 800.00",
        "r1 inpatient none 0.00 reversed",
    ]


def test_a_replacement_stands_in_the_place_of_what_it_replaces() -> None:
    claims = [stay("e1", "2025-03-01", self_paid="800.00"), stay("e2", "2025-04-01", self_paid="800.00")]
    corrected = stay("e3", "2025-03-01", self_paid="300.00", replaces="e1")
    # e3 comes before e2 and uses 300 of 1,000; the lines stay in the order in which the events are given.
    assert told(CAPPED, case(*claims, corrected)) == [
        "e1 inpatient none 0.00 reversed",
        "e2 inpatient pay 700.00 cap_reached",
        "e3 inpatient pay 300.00",
    ]
    again = stay("e4", "2025-03-01", self_paid="400.00", replaces="e3")
    assert amounts(CAPPED, case(*claims, corrected, again)) == ["0.00", "600.00", "0.00", "400.00"]
    # A corrected bill that is cancelled does not bring back the wrong one.
    cancelled = stay("r3", "2025-03-01", reverses="e3", **bill(self_paid="-300.00"))
    assert amounts(CAPPED, case(*claims, corrected, cancelled)) == ["0.00", "800.00", "0.00", "0.00"]


def test_a_settlement_takes_each_event_of_its_period_once() -> None:
    document = one(
        "base: {of: [self_paid], collects: [outpatient], name: 门诊自付}\nrate: 50%\n",
        kinds="outpatient_yearly",
        benefit="outpatient",
    )
    visits = [event(f"v{i}", "outpatient", f"2025-0{i}-01", **bill(self_paid="100.00")) for i in (1, 2, 3)]
    first, second = (
        event(name, "outpatient_yearly", day) for name, day in (("s1", "2025-02-28"), ("s2", "2025-03-31"))
    )
    # January and February, then March: 200 x 50 % and 100 x 50 %; a reversed visit is not there.
    assert amounts(document, case(*visits[:2], first, visits[2], second)) == ["100.00", "50.00"]
    reversal = event("r1", "outpatient", "2025-01-01", reverses="v1", **bill(self_paid="-100.00"))
    assert amounts(document, case(*visits[:2], first, visits[2], second, reversal)) == ["50.00", "50.00"]


# -- referred events and what was really paid -----------------------------------------------------------------------------------

WITH_ALLOWANCE = plan("""\
    benefits:
      - benefit: inpatient
        kinds: [inpatient]
        clause: 第二条
        base: {of: [self_paid], name: 个人自付}
        rate: 100%
        caps: [{amount: 1000, per: period}]
      - benefit: allowance
        kinds: [inpatient]
        clause: 第三条
        days: {per_day: 50}
    """)


def test_lines_after_a_referred_event_are_provisional_where_they_read_counters() -> None:
    claims = [stay("e1", "2025-03-01", "2025-03-02"), stay("e2", "2025-04-01", "2025-04-03", self_paid="1200.00")]
    assert told(WITH_ALLOWANCE, case(*claims)) == [
        "e1 inpatient refer 0.00 amount_unknown amounts.self_paid",
        "e1 allowance pay 50.00",
        "e2 inpatient pay 1000.00 cap_reached provisional",  # computed without e1
        "e2 allowance pay 100.00",
    ]
    # Nothing is provisional before the referred event, and a bill that disagrees with itself is referred as well.
    odd = stay("e3", "2025-05-01", "2025-05-02", **bill(self_paid="100.00", copay="200.00"))
    assert told(WITH_ALLOWANCE, case(claims[1], odd)) == [
        "e2 inpatient pay 1000.00 cap_reached",
        "e2 allowance pay 100.00",
        "e3 inpatient refer 0.00 amounts_disagree",
        "e3 allowance refer 0.00 amounts_disagree",
    ]


def test_what_was_really_paid_leaves_the_rest_due() -> None:
    claims = [stay("e1", "2025-03-01", self_paid="300.00"), stay("e2", "2025-04-01", self_paid="400.00")]
    correction = stay("e3", "2025-03-01", self_paid="250.00", replaces="e1")
    paid = [
        {"event": "e1", "plan": "small", "benefit": "inpatient", "amount": "300.00"},
        {"event": "e2", "plan": "small", "benefit": "inpatient", "amount": "150.00"},
        {"event": "e2", "plan": "small", "benefit": "inpatient", "amount": "100.00"},
    ]
    lines = decide(CAPPED, case(*claims, correction, paid=paid))["lines"]
    # e1 is undone: 300 come back; e2: 400 - 150 - 100; e3: 250, nothing of it paid
    assert [(line["amount"], line["paid_before"], line["due"]) for line in lines] == [
        ("0.00", "300.00", "-300.00"),
        ("400.00", "250.00", "150.00"),
        ("250.00", "0.00", "250.00"),
    ]
    assert "due" not in decide(CAPPED, case(*claims))["lines"][0]


# -- opening counters -----------------------------------------------------------------------------------------------------------

SERIOUS = """\
lists:
  serious:
    name: 重大疾病
    clause: 第九条
    entries: [{name: 恶性肿瘤, diagnoses: [C00-C97]}]
"""
CLAIM = stay("e1", "2025-03-01", "2025-03-11", self_paid="1000.00", diagnoses=["C50"], cause="a7")
"""Ten days, a bill of 1,000, following from an accident before the case."""


def opened(body: str, counter: str, key: str, used: str | int, rest: str = "", benefit: str = "inpatient") -> list[str]:
    """What one claim says when a counter has been used before."""
    value: JsonDict = {"amount": used} if isinstance(used, str) else {"count": used}
    opening = {"family": "small", "counter": counter, "key": key, "last_on": "2025-02-20", **value}
    lines = told(one(body, rest=rest, benefit=benefit), case(CLAIM, opening=[opening]))
    return [line.split(maxsplit=2)[2] for line in lines]


@pytest.mark.parametrize(
    ("scope", "key", "other_key"),
    [
        ("period", "period:2025-01-01", "period:2024-01-01"),
        ("life", "life", "period:2025-01-01"),
        ("day", "day:2025-03-01", "day:2025-03-02"),
        ("cause", "cause:a7", "cause:e1"),
        ("disease", "disease:恶性肿瘤", "disease:C50"),
        ("stay", "stay:e1", "stay:e0"),
    ],
)
def test_opening_of_money_paid_in_each_scope(scope: str, key: str, other_key: str) -> None:
    body = f"when: {{diseases: serious}}\n{SELF_PAID}rate: 100%\ncaps: [{{amount: 700, per: {scope}}}]\n"
    assert opened(body, "inpatient.paid", key, "500.00", SERIOUS) == ["pay 200.00 cap_reached"]
    assert opened(body, "inpatient.paid", key, "700.00", SERIOUS) == ["refuse 0.00 cap_reached"]
    assert opened(body, "inpatient.paid", other_key, "700.00", SERIOUS) == ["pay 700.00 cap_reached"]
    assert opened(body, "other.paid", key, "700.00", SERIOUS) == ["pay 700.00 cap_reached"]


PERIOD = "period:2025-01-01"


@pytest.mark.parametrize(
    ("body", "counter", "key", "used", "line"),
    [
        (
            "days: {per_day: 50, caps: [{days: 15, per: period}]}\n",
            "inpatient.days",
            PERIOD,
            8,
            "pay 350.00 cap_reached",
        ),
        (
            "days: {per_day: 50, caps: [{days: 15, per: life}]}\n",
            "inpatient.days",
            "life",
            15,
            "refuse 0.00 cap_reached",
        ),
        # 4 days of the stay were seen before: 4 + 10 - 12 = 2
        ("days: {per_day: 50, after: 12}\n", "inpatient.days_seen", "stay:e1", 4, "pay 100.00"),
        ("days: {per_day: 50, after: 12}\n", "inpatient.days_seen", "stay:e1", 2, "refuse 0.00 too_few_days"),
        # 600 of the deductible of 1,500 were borne: 1,000 - 900
        (
            SELF_PAID + "deductible: {amount: 1500, per: period}\nrate: 50%\n",
            "inpatient.base",
            PERIOD,
            "600.00",
            "pay 50.00",
        ),
        # 600 + 1,000 reach the threshold: 1,600 x 50 % = 800, within the bill
        (
            SELF_PAID + "deductible: {amount: 1500, per: period, threshold: true}\nrate: 50%\n",
            *("inpatient.base", PERIOD, "600.00", "pay 800.00"),
        ),
        # F(1,400.01) - F(400.01): 1,000 x 40 % + 400.01 x 60 % - 400.01 x 40 % = 640.006 - 160.004, rounded each
        (
            SELF_PAID + "rate: {per: period, brackets: [{over: 0, up_to: 1000, rate: 40%}, {over: 1000, rate: 60%}]}\n",
            *("inpatient.rated", PERIOD, "400.01", "pay 480.01"),
        ),
        (SELF_PAID + "rate: 50%\nclaims: {most: 3}\n", "inpatient.claims", PERIOD, 2, "pay 500.00"),
        (
            SELF_PAID + "rate: 50%\nclaims: {most: 3}\n",
            "inpatient.claims",
            PERIOD,
            3,
            "refuse 0.00 claim_count_reached",
        ),
        ("sum: {amount: 500}\nonce: {per: life}\n", "inpatient.claims", "life", 1, "refuse 0.00 already_paid_once"),
        (
            "sum: {amount: [{when: {diagnoses: [C00-C97]}, value: 500}, {value: 200}]}\nonce: {per: life, upgrade: true}\n",
            *("inpatient.paid", "life", "200.00", "pay 300.00"),
        ),
        # the second stay of the period
        (
            SELF_PAID + "rate: {tables: [{when: {stay: {up_to: 1}}, rate: 50%}, {rate: 60%}]}\n",
            "stays",
            PERIOD,
            1,
            "pay 600.00",
        ),
        (
            SELF_PAID + "rate: {tables: [{when: {stay: {up_to: 1}}, rate: 50%}, {rate: 60%}]}\n",
            "stays",
            PERIOD,
            0,
            "pay 500.00",
        ),
    ],
)
def test_opening_of_every_other_counter(body: str, counter: str, key: str, used: str | int, line: str) -> None:
    assert opened(body, counter, key, used) == [line]


EXCLUSIVE = plan("""\
    benefits:
      - benefit: illness
        kinds: [inpatient]
        clause: 第二条
        sum: {amount: 1500}
      - benefit: allowance
        kinds: [inpatient]
        clause: 第三条
        days: {per_day: 100}
    exclusive:
      - {benefits: [illness, allowance], per: period, rule: difference, clause: 第四条}
    """)


@pytest.mark.parametrize(
    ("used", "lines"),
    [
        # 1,500, and nothing more for the allowance: 1,000 is less than 1,500
        ({}, ["pay 1500.00", "refuse 0.00 excluded_with_other_benefit"]),
        # 1,200 were paid as allowance: illness 1,500 - 1,200 = 300; allowance due 1,200 + 1,000 = 2,200, paid 1,500: 700
        (
            {"allowance.paid": "1200.00"},
            ["pay 300.00 excluded_with_other_benefit", "pay 700.00 excluded_with_other_benefit"],
        ),
        # 1,800 of allowance were due and 1,200 of them paid (the rest was set off): 1,800 + 1,000 - 1,500 = 1,300 of 1,000
        (
            {"allowance.paid": "1200.00", "allowance.entitled": "1800.00"},
            ["pay 300.00 excluded_with_other_benefit", "pay 1000.00"],
        ),
    ],
)
def test_opening_of_benefits_that_exclude_each_other(used: dict[str, str], lines: list[str]) -> None:
    opening = [{"family": "small", "counter": name, "key": PERIOD, "amount": sum_} for name, sum_ in used.items()]
    assert [line.split(maxsplit=2)[2] for line in told(EXCLUSIVE, case(CLAIM, opening=opening))] == lines


def test_openings_of_shared_caps_and_of_another_family() -> None:
    document = WITH_ALLOWANCE + "shared_caps: [{amount: 1200, per: period, clause: 第四条}]\n"
    claims: list[Any] = [stay("e1", "2025-03-01", "2025-03-11", self_paid="900.00")]

    def lines(family: str) -> list[str]:
        opening = [{"family": family, "counter": "allowance.paid", "key": PERIOD, "amount": "150.00"}]
        return amounts(document, case(*claims, opening=opening, covers=[cover()]))

    # 900; 500 of allowance, of which 1,200 - 900 (- 150) are left
    assert lines("small") == ["900.00", "150.00"]
    assert lines("other") == ["900.00", "300.00"]
