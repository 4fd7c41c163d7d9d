"""Checks of limits: caps, floors and counts that never bind, benefits that pay nothing, and the bounds behind them."""

import pytest

from mutualaid.plans.checking.bounds import Group, bounds, total_of_group
from mutualaid.plans.compiling import effective_benefits
from mutualaid.plans.reading import read_document
from tests.plans.documents import COMBINATION, GOOD, PART, SECOND, Wrong, assert_found, change, check

CAPS = "      - {amount: 20000, per: stay}\n      - {amount: 50000, per: period}\n"
DEATH = "    sum: {amount: 30000, top_up: {of: [disability], per: life}}\n    once: {per: life}\n"
SHARED = "  - {benefits: [inpatient, outpatient_special], amount: 60000, per: period, source: S1}"

IDLE = {
    "cap above the sum": Wrong(
        [(DEATH, DEATH + "    caps:\n      - {amount: 30001, per: life}\n")],
        "- {amount: 30001",
        "benefits[5].caps[0].amount",
        "最多能给付的每份 30000 元；得到 30001 元，永远用不到；请改正或删去（份数也乘限额）",
        "30000 yuan per unit, found 30001 yuan, which is never reached; correct or remove it (units multiply caps too)",
    ),
    "cap above the greatest row": Wrong(
        [
            (
                "    once: {per: life, upgrade: true}\n",
                "    once: {per: life, upgrade: true}\n    caps:\n      - {amount: 12000, per: stay}\n",
            )
        ],
        "- {amount: 12000",
        "benefits[3].caps[0].amount",
        "per: stay 最多能给付的每份 10000 元；得到 12000 元",
        "what can be paid per stay, 10000 yuan per unit, found 12000 yuan",
    ),
    "cap above the brackets": Wrong(
        [("amount: 20000, per: stay", "amount: 30000, per: stay")],
        "- {amount: 30000, per: stay",
        "benefits[0].caps[0].amount",
        "per: stay 最多能给付的 28000 元；得到 30000 元，永远用不到；请改正或删去",
        "what can be paid per stay, 28000 yuan, found 30000 yuan",
    ),
    "cap above days times the daily sum": Wrong(
        [("{days: 90, per: period}]\n", "{days: 90, per: period}]\n    caps:\n      - {amount: 4501, per: period}\n")],
        "- {amount: 4501",
        "benefits[2].caps[0].amount",
        "per: period 最多能给付的每份 4500 元；得到 4501 元",
        "what can be paid per period, 4500 yuan per unit, found 4501 yuan",
    ),
    "cap above claims times the cap of one": Wrong(
        [("    floor: 100\n", "    floor: 100\n    claims: {most: 2}\n")],
        "- {amount: 50000",
        "benefits[0].caps[1].amount",
        "per: period 最多能给付的 40000 元；得到 50000 元",
        "what can be paid per period, 40000 yuan, found 50000 yuan",
    ),
    "cap of a stay as high as that of the period": Wrong(
        [("amount: 50000, per: period", "amount: 20000, per: period")],
        "- {amount: 20000, per: stay",
        "benefits[0].caps[0].amount",
        "应低于 per: period 的限额 20000 元；得到 20000 元",
        "expected less than the cap of 20000 yuan per period, found 20000 yuan",
    ),
    "cap of the period as high as that of a life": Wrong(
        [(CAPS, CAPS + "      - {amount: 50000, per: life}\n")],
        "- {amount: 50000, per: period",
        "benefits[0].caps[1].amount",
        "应低于 per: life 的限额 50000 元；得到 50000 元",
        "expected less than the cap of 50000 yuan per life, found 50000 yuan",
    ),
    "the same cap twice": Wrong(
        [(CAPS, CAPS + "      - {amount: 50000, per: period}\n")],
        "- {amount: 50000, per: period}\n  - benefit",
        "benefits[0].caps[2].amount",
        "应低于 per: period 的限额 50000 元",
        "expected less than the cap of 50000 yuan per period",
    ),
    "cap above the shared cap": Wrong(
        [("amount: 60000, per: period", "amount: 40000, per: period")],
        "- {amount: 50000",
        "benefits[0].caps[1].amount",
        "应不高于合计限额 40000 元（per: period）；得到 50000 元",
        "expected at most the shared cap of 40000 yuan per period, found 50000 yuan",
    ),
    "cap of nothing": Wrong(
        [("amount: 20000, per: stay", "amount: 0, per: stay")],
        "- {amount: 0",
        "benefits[0].caps[0].amount",
        "限额应大于 0；得到 0 元，永远不会给付",
        "expected a cap above 0, found 0 yuan",
    ),
    "days of a stay as many as of the period": Wrong(
        [("{days: 30, per: stay}", "{days: 90, per: stay}")],
        "caps: [{days: 90, per: stay}",
        "benefits[2].days.caps[0].days",
        "天数应少于 per: period 的 90 天；得到 90 天",
        "expected fewer days than the 90 per period, found 90",
    ),
    "days that a cap cuts first": Wrong(
        [("{days: 90, per: period}]\n", "{days: 90, per: period}]\n    caps:\n      - {amount: 4000, per: period}\n")],
        "caps: [{days: 30",
        "benefits[2].days.caps[1].days",
        "90 天至少合 4500 元，已超过限额 4000 元",
        "90 days are worth at least 4500 yuan, above the cap of 4000 yuan",
    ),
    "floor above a cap": Wrong(
        [("floor: 100", "floor: 25000")],
        "floor: 25000",
        "benefits[0].floor",
        "保底应不高于限额 20000 元；得到 25000 元",
        "expected a floor of at most the cap of 20000 yuan, found 25000 yuan",
    ),
    "floor below a day": Wrong(
        [("    days:\n", "    floor: 50\n    days:\n")],
        "floor: 50",
        "benefits[2].floor",
        "保底应高于算式最少的给付 50 元；得到 50 元",
        "expected a floor above the least that the formula pays, 50 yuan, found 50 yuan",
    ),
    "floor below the smallest grade": Wrong(
        [("    sum:\n      amount: 20000\n", "    floor: 1500\n    sum:\n      amount: 20000\n")],
        "floor: 1500",
        "benefits[4].floor",
        "最少的给付 2000 元；得到 1500 元",
        "the least that the formula pays, 2000 yuan, found 1500 yuan",
    ),
    "claims beside once": Wrong(
        [(DEATH, DEATH + "    claims: {most: 3}\n")],
        "claims: {most: 3}",
        "benefits[5].claims",
        "once（per: life）已限定只给付一次，次数限制 3 次永远用不到",
        "once (per life) allows one payment only, so that the limit of 3 claims is never reached",
    ),
    "upgrade of what is always the same": Wrong(
        [("units: {most: 2", "units: {most: 1"), ("        - {when: {severity: mild}, value: 3000}\n", "")],
        "once: {per: life, upgrade: true}",
        "benefits[3].once.upgrade",
        "这里总是 10000 元，没有差额可补",
        "here it is always 10000 yuan",
    ),
    "sum of nothing": Wrong(
        [("    sum:\n      amount: 20000\n", "    sum:\n      amount: 0\n")],
        "sum:\n      amount: 0",
        "benefits[4].sum",
        "这里永远是 0 元",
        "this one never does",
    ),
    "rate of nothing": Wrong(
        [("up_to: 10000, rate: 40%", "up_to: 10000, rate: 0%"), ("up_to: 50000, rate: 60%", "up_to: 50000, rate: 0%")],
        "    rate:\n",
        "benefits[0].rate",
        "算式的结果应能大于 0",
        "expected a formula that can give more than 0 yuan",
    ),
    "share of nothing": Wrong(
        [("name: 个人自付}", "name: 个人自付, share: 0%}")],
        "    rate:\n",
        "benefits[0].rate",
        "算式的结果应能大于 0",
        "expected a formula that can give more than 0 yuan",
    ),
    "shared cap as high as all members": Wrong(
        [("amount: 60000, per: period", "amount: 100000, per: period")],
        SHARED.replace("60000", "100000").strip(),
        "shared_caps[0].amount",
        "合计最多能给付的 100000 元（per: period）；得到 100000 元",
        "the 100000 yuan that its benefits can pay together per period, found 100000 yuan",
    ),
    "shared cap of nothing": Wrong(
        [("amount: 60000, per: period", "amount: 0, per: period")],
        SHARED.replace("60000", "0").strip(),
        "shared_caps[0].amount",
        "合计限额应大于 0",
        "expected a shared cap above 0",
    ),
    "shared cap above benefits that exclude each other": Wrong(
        [
            (SHARED, SHARED + "\n  - {benefits: [disability, death], amount: 60000, per: cause, source: S1}"),
            ("30%, 20%, 10%]\n", "30%, 20%, 10%]\n    once: {per: life}\n"),
        ],
        "- {benefits: [disability, death], amount",
        "shared_caps[1].amount",
        "最多能给付的 60000 元（per: cause）；得到 60000 元",
        "the 60000 yuan that its benefits can pay together per cause",
    ),
    "the same shared cap twice": Wrong(
        [(SHARED, SHARED + "\n" + SHARED.replace("60000", "70000"))],
        "- {benefits: [inpatient, outpatient_special], amount: 70000",
        "shared_caps[1].amount",
        "最多能给付的 60000 元（per: period）；得到 70000 元",
        "the 60000 yuan that its benefits can pay together per period, found 70000 yuan",
    ),
}


@pytest.mark.parametrize("wrong", IDLE.values(), ids=IDLE)
def test_limits_that_never_bind(wrong: Wrong) -> None:
    assert_found(wrong)


@pytest.mark.parametrize(
    "changes",
    [
        [("amount: 20000, per: stay", "amount: 28000, per: stay")],
        [(DEATH, DEATH + "    caps:\n      - {amount: 30000, per: life}\n")],
        [
            ("      mode: marginal\n", "      mode: marginal\n      tenure_bonus: {rate: 1%, most: 5%}\n"),
            ("amount: 20000, per: stay", "amount: 30000, per: stay"),
        ],
        [
            (
                "    floor: 100\n",
                (
                    "    floor: 100\n"
                    "    order: [caps, units, floor, exclusive, shared_caps, combined_caps, indemnity]\n"
                    "    claims: {most: 2}\n"
                ),
            )
        ],
        [
            ("units: {most: 2, source: S1}\n", ""),
            (SHARED, SHARED + "\n  - {benefits: [death], amount: 90000, per: life, source: S1}"),
        ],
        [
            ("lists:", "stays_as_one: {within_days: 7, source: S1}\nlists:"),
            ("amount: 20000, per: stay", "amount: 30000, per: stay"),
        ],
        [("amount: 20000, per: stay", "amount: [{when: {option: a}, value: 20000}, {value: 1000000}], per: stay")],
        [
            (
                "    once: {per: life, upgrade: true}\n",
                "    once: {per: life, upgrade: true}\n    claims: {most: 2, per: life}\n",
            )
        ],
    ],
    ids=[
        "equal to the brackets",
        "equal to the sum",
        "bonus",
        "caps first",
        "units unknown",
        "several stays as one",
        "a row for no cap",
        "count of upgrades",
    ],
)
def test_limits_that_may_bind(changes: list[tuple[str, str]]) -> None:
    assert check(change(GOOD, *changes)) == []


def test_like_inherits_caps_that_its_own_sum_never_reaches() -> None:
    own = "".join(f"    {name}: null\n" for name in ("base", "rate", "deductible", "floor"))
    own += "    sum: {amount: 1000}\n    once: {per: life}\n"
    faults = check(change(GOOD, ("kinds: [outpatient_special]\n", f"kinds: [outpatient_special]\n{own}")))
    assert [(fault.place, fault.line) for fault in faults] == [("benefits[1]", 59), ("benefits[1]", 59)]
    assert ["得到 20000 元" in faults[0].zh, "得到 50000 元" in faults[1].zh] == [True, True]


def test_combined_cap_that_leaves_room_for_all() -> None:
    """Each part pays at most 20,000 a period and 10,000 on death, the relief 5,000: 65,000 in all."""
    faults = check(change(COMBINATION, ("{amount: 30000,", "{amount: 65000,")), PART, SECOND)
    assert [(fault.file, fault.line, fault.place) for fault in faults] == [("bundle.yaml", 18, "shared_caps[0].amount")]
    assert "65000 元（per: period）" in faults[0].zh
    assert check(change(COMBINATION, ("{amount: 30000,", "{amount: 64999.99,")), PART, SECOND) == []


def test_combined_cap_of_some_plans_counts_only_those() -> None:
    faults = check(change(COMBINATION, ("{amount: 30000,", "{amount: 30000, plans: [first],")), PART, SECOND)
    assert ["30000 元（per: period）" in fault.zh for fault in faults] == [True]


def bound(text: str, index: int, scope: str) -> int | None:
    """The most, in yuan, that a benefit of a document pays per unit in a scope."""
    document = read_document("sample.yaml", text.encode()).document
    found = bounds(document, effective_benefits(document)[index]).total(scope)
    return None if found is None else found // 100


@pytest.mark.parametrize(
    ("index", "scope", "most"),
    [
        (0, "stay", 20000),
        (0, "day", 50000),
        (0, "period", 50000),
        (0, "life", None),
        (0, "cause", None),
        (2, "stay", 1500),
        (2, "period", 4500),
        (2, "life", None),
        (3, "disease", 10000),
        (4, "stay", 20000),
        (4, "period", None),
        (5, "cause", 30000),
    ],
)
def test_bounds(index: int, scope: str, most: int | None) -> None:
    assert bound(GOOD, index, scope) == most


def test_bounds_of_brackets_on_a_running_total() -> None:
    running = change(
        GOOD,
        ("mode: marginal", "per: period"),
        ("    floor: 100\n", ""),
        (CAPS, "      - {amount: 20000, per: stay}\n"),
    )
    assert bound(running, 0, "period") == 28000
    assert (
        bound(
            change(running, ("per: period\n      brackets", "per: period\n      mode: whole\n      brackets")),
            0,
            "period",
        )
        is None
    )


def test_groups_are_counted_once() -> None:
    members = {"a": 10, "b": 20, "c": None}
    assert total_of_group({"a": 10, "b": 20}, []) == 30
    assert total_of_group({"a": 10, "b": 20}, [Group(frozenset({"a", "b"}), None)]) == 20
    assert total_of_group(members, []) is None
    assert total_of_group(members, [Group(frozenset({"b", "c"}), 15)]) == 25
    assert total_of_group(members, [Group(frozenset({"b", "c"}), None)]) is None
    assert total_of_group(members, [Group(frozenset({"a", "c"}), 15), Group(frozenset({"a", "b"}), 5)]) == 20
