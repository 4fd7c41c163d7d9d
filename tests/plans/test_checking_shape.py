"""Checks of shape: one formula each, tables without gaps, ladders that fall, ranges that say something."""

import pytest

from tests.plans.documents import GOOD, Wrong, assert_found

BRACKETS = """\
        - {over: 0, up_to: 10000, rate: 40%}
        - {over: 10000, up_to: 50000, rate: 60%}
        - {over: 50000, rate: 0%}
"""
LADDER = "ladder: [100%, 90%, 80%, 70%, 60%, 50%, 40%, 30%, 20%, 10%]"

SHAPES = {
    "no benefits": Wrong(
        [(GOOD[GOOD.index("lists:") :], "benefits: []\n")],
        "benefits: []",
        "benefits",
        "计划应至少有一项待遇",
        "expected at least one benefit",
    ),
    "no formula": Wrong(
        [
            (
                (
                    "    days:\n"
                    "      per_day: 50\n"
                    "      after: 3\n"
                    "      caps: [{days: 30, per: stay}, {days: 90, per: period}]\n"
                ),
                "",
            )
        ],
        "  - benefit: allowance",
        "benefits[2]",
        "每项待遇应写且只写一种算式（base、days、sum、greater_of、lesser_of）；得到 （没有）",
        "expected exactly one formula (base, days, sum, greater_of, lesser_of), found (none)",
    ),
    "two formulas": Wrong(
        [("    once: {per: life}\n", "    once: {per: life}\n    days: {per_day: 10}\n")],
        "sum: {amount: 30000",
        "benefits[5].sum",
        "得到 days、sum",
        "found days, sum",
    ),
    "two formulas by like": Wrong(
        [("    kinds: [outpatient_special]\n", "    kinds: [outpatient_special]\n    sum: {amount: 20000}\n")],
        "sum: {amount: 20000}",
        "benefits[1].sum",
        "（inpatient 的算式不要时，写成 名称: null）",
        "(to drop one that inpatient has, write it as null)",
    ),
    "deductible without base": Wrong(
        [("    once: {per: life}\n", "    once: {per: life}\n    deductible: {amount: 5}\n")],
        "deductible: {amount: 5}\n",
        "benefits[5].deductible",
        "deductible 只能与 base 同用",
        "deductible goes with a base",
    ),
    "free bracket of a running total": Wrong(
        [("      mode: marginal\n", "      mode: marginal\n      per: period\n"), ("rate: 40%", "rate: 0%")],
        "- {over: 0, up_to: 10000",
        "benefits[0].rate.brackets[0].rate",
        "按本期累计（per: period）时，只有给付过的金额计入累计，0% 的一档永远走不过去",
        "with per: period only what was paid for moves the running total, so that a bracket of 0% is never passed",
    ),
    "rate without base": Wrong(
        [("    base: {of: [self_paid], name: 个人自付}\n", "")],
        "    rate:\n",
        "benefits[0].rate",
        "rate 只能与 base 同用",
        "rate goes with a base",
        ("benefits[0].deductible",),
    ),
    "base without rate": Wrong(
        [(f"    rate:\n      mode: marginal\n      brackets:\n{BRACKETS}", "")],
        "base: {of: [self_paid]",
        "benefits[0].base",
        "有 base 应有 rate",
        "expected a rate for this base",
    ),
    "formula of several that is two": Wrong(
        [
            (
                "    sum: {amount: 30000, top_up: {of: [disability], per: life}}\n",
                "    greater_of:\n      - {sum: {amount: 30000}, days: {per_day: 5}}\n      - {days: {per_day: 50}}\n",
            )
        ],
        "- {sum: {amount: 30000}",
        "benefits[5].greater_of[0]",
        "每个算式应写且只写 base、days、sum 之一；得到 days、sum",
        "expected exactly one of base, days, sum, found days, sum",
    ),
    "rate and brackets": Wrong(
        [("      mode: marginal\n", "      rate: 70%\n")],
        "    rate:\n",
        "benefits[0].rate",
        "应写且只写 rate（单一比例）或 brackets（分档）；得到两者都有",
        "expected either rate (flat) or brackets, found both",
    ),
    "neither rate nor brackets": Wrong(
        [(f"    rate:\n      mode: marginal\n      brackets:\n{BRACKETS}", "    rate: {tables: [{clause: 第五条}]}\n")],
        "rate: {tables",
        "benefits[0].rate.tables[0]",
        "得到两者都没有",
        "found neither",
    ),
    "mode of a flat rate": Wrong(
        [(f"    rate:\n      mode: marginal\n      brackets:\n{BRACKETS}", "    rate: {mode: whole, rate: 70%}\n")],
        "rate: {mode",
        "benefits[0].rate.mode",
        "这里是单一比例 70%",
        "this is a flat rate of 70%",
    ),
    "steps with rates": Wrong(
        [
            ("mode: marginal", "mode: steps"),
            ("over: 0, up_to: 10000, rate: 40%", "over: 0, up_to: 10000, sum: 500"),
            ("up_to: 50000, rate: 60%", "up_to: 50000, rate: 60%, sum: 900"),
            ("over: 50000, rate: 0%", "over: 50000, sum: 1000"),
            ("      - {amount: 20000, per: stay}\n", ""),
        ],
        "- {over: 10000",
        "benefits[0].rate.brackets[1].rate",
        "mode 为 steps 时用 sum，rate 不起作用",
        "mode steps uses sum, rate does nothing",
    ),
    "bracket without rate": Wrong(
        [("up_to: 50000, rate: 60%", "up_to: 50000")],
        "- {over: 10000",
        "benefits[0].rate.brackets[1]",
        "每档应写 rate；没有",
        "expected rate in each bracket of mode marginal, found none",
    ),
    "first bracket above nought": Wrong(
        [("over: 0, up_to: 10000", "over: 1000, up_to: 10000")],
        "- {over: 1000,",
        "benefits[0].rate.brackets[0].over",
        "第一档应从 0 元起（over: 0）；得到 1000 元",
        "expected the first bracket to begin at 0 yuan (over: 0), found 1000 yuan",
    ),
    "gap between brackets": Wrong(
        [("over: 10000, up_to: 50000", "over: 12000.50, up_to: 50000")],
        "- {over: 12000.50",
        "benefits[0].rate.brackets[1].over",
        "应等于上一档的 up_to 10000 元；得到 12000.50 元，10000–12000.50 元有空档",
        "found 12000.50 yuan: they leave a gap at 10000–12000.50 yuan",
    ),
    "overlapping brackets": Wrong(
        [("over: 10000, up_to: 50000", "over: 9000, up_to: 50000")],
        "- {over: 9000",
        "benefits[0].rate.brackets[1].over",
        "9000–10000 元重叠",
        "they overlap at 9000–10000 yuan",
    ),
    "bracket upside down": Wrong(
        [("over: 10000, up_to: 50000", "over: 10000, up_to: 5000")],
        "- {over: 10000",
        "benefits[0].rate.brackets[1].up_to",
        "up_to 应大于 over 10000 元；得到 5000 元",
        "expected up_to above over 10000 yuan, found 5000 yuan",
        ("benefits[0].rate.brackets[2].over",),
    ),
    "open bracket that isn't the last": Wrong(
        [("over: 10000, up_to: 50000, rate", "over: 10000, rate")],
        "- {over: 10000",
        "benefits[0].rate.brackets[1]",
        "没有 up_to 的一档应是最后一档；第 2 档之后还有",
        "expected only the last bracket without up_to; more follow bracket 2",
    ),
    "last bracket with an end": Wrong(
        [("        - {over: 50000, rate: 0%}\n", "")],
        "- {over: 10000",
        "benefits[0].rate.brackets[1].up_to",
        "得到 50000 元，以上的金额不补；请写明：再加一档 over: 50000, rate: 0%",
        "say so with a further bracket over: 50000, rate: 0%",
    ),
    "more than everything": Wrong(
        [("up_to: 10000, rate: 40%", "up_to: 10000, rate: 400%")],
        "- {over: 0,",
        "benefits[0].rate.brackets[0].rate",
        "比例应不超过 100%；得到 400%",
        "expected at most 100%, found 400%",
    ),
    "share of more than everything": Wrong(
        [("name: 个人自付}", "name: 个人自付, share: 120%}")],
        "base: {of",
        "benefits[0].base.share",
        "得到 120%",
        "found 120%",
    ),
    "tenure bonus of nothing": Wrong(
        [("      mode: marginal\n", "      mode: marginal\n      tenure_bonus: {rate: 1%, most: 0%}\n")],
        "tenure_bonus",
        "benefits[0].rate.tenure_bonus",
        "续保加成应大于 0",
        "expected a tenure bonus above 0",
    ),
    "tenure bonus on sums": Wrong(
        [
            (
                f"    rate:\n      mode: marginal\n      brackets:\n{BRACKETS}",
                "    rate:\n      mode: steps\n      tenure_bonus: {rate: 1%, most: 5%}\n      brackets: [{over: 0, sum: 500}]\n",
            ),
        ],
        "tenure_bonus",
        "benefits[0].rate.tenure_bonus",
        "各档都是定额（mode: steps），加成不起作用",
        "here all is paid in sums (mode: steps), so that it does nothing",
    ),
    "ladder that rises": Wrong(
        [(LADDER, "ladder: [100%, 90%, 80%, 70%, 75%, 50%, 40%, 30%, 20%, 10%]")],
        "ladder:",
        "benefits[4].sum.ladder[4]",
        "4 级 70%，5 级却是 75%",
        "grade 4 has 70% but grade 5 75%",
    ),
    "ladder without a grade": Wrong(
        [("kinds: disability\n    when: {accident: true}", "kinds: inpatient\n    when: {accident: true}")],
        "ladder:",
        "benefits[4].sum.ladder",
        "按伤残等级给付应有等级：kinds 含 disability，或 when 写 disability_grade；得到 kinds inpatient",
        "expected a grade for the ladder: kinds with disability, or disability_grade in when; found kinds inpatient",
    ),
    "span of two units": Wrong(
        [("within: {days: 180}", "within: {days: 180, months: 6}")],
        "- {what: window",
        "benefits[4].limits[0].within",
        "应写且只写 days、working_days、months 之一；得到 days、months",
        "expected exactly one of days, working_days, months, found days, months",
    ),
    "span of none": Wrong(
        [("run_off: {days: 90}", "run_off: {}")],
        "run_off",
        "term.run_off",
        "得到 （没有）",
        "found (none)",
    ),
    "empty range": Wrong(
        [("severity: mild}", "severity: mild, age: {}}")],
        "- {when: {severity: mild",
        "benefits[3].sum.amount[1].when.age",
        "区间应有 from 或 up_to",
        "expected from or up_to, found neither",
    ),
    "range upside down": Wrong(
        [("severity: mild}", "severity: mild, age: {from: 50, up_to: 20}}")],
        "- {when: {severity: mild",
        "benefits[3].sum.amount[1].when.age.up_to",
        "up_to 应不小于 from 50；得到 20",
        "expected up_to of at least from 50, found 20",
    ),
    "dates upside down": Wrong(
        [("severity: mild}", "severity: mild, dates: {from: 2026-02-01, until: 2026-02-01}}")],
        "- {when: {severity: mild",
        "benefits[3].sum.amount[1].when.dates.until",
        "until 应晚于 from 2026-02-01（until 当日不含）；得到 2026-02-01",
        "expected until after from 2026-02-01 (until is not included), found 2026-02-01",
    ),
    "no dates": Wrong(
        [("severity: mild}", "severity: mild, dates: {}}")],
        "- {when: {severity: mild",
        "benefits[3].sum.amount[1].when.dates",
        "日期区间应有 from 或 until",
        "expected from or until, found neither",
    ),
    "grade that doesn't exist": Wrong(
        [("when: {accident: true}", "when: {accident: true, disability_grade: {from: 1, up_to: 12}}")],
        "when: {accident: true",
        "benefits[4].when.disability_grade.up_to",
        "伤残等级应为 1 到 10；得到 12",
        "expected a grade from 1 to 10, found 12",
    ),
    "top-up of itself": Wrong(
        [("top_up: {of: [disability]", "top_up: {of: [disability, death]")],
        "sum: {amount: 30000",
        "benefits[5].sum.top_up.of",
        "top_up 补足的应是别的待遇；得到本待遇 death",
        "expected top_up of other benefits, found this one (death)",
    ),
    "waiting for nothing": Wrong(
        [("waiting: {days: 30, source: S1}", "waiting: {accidents: true, source: S1}")],
        "waiting:",
        "waiting",
        "等待期应有 days 或 months；都没有",
        "expected days or months of waiting time, found neither",
    ),
    "exclusion naming nothing": Wrong(
        [("{when: {circumstances: drunk_driving}, source: S1}", "{when: {}, name: 酒驾, source: S1}")],
        "- {when: {}, name",
        "exclusions[0].when",
        "除外情形没有写条件，会除外一切",
        "this exclusion names nothing and would exclude everything",
    ),
    "requirement that always holds": Wrong(
        [("{when: {hospital_level: [2, 3]}}", "{when: {}}")],
        "- {when: {}}",
        "benefits[0].requires[0].when",
        "必备条件没有写内容，永远成立",
        "this requirement names nothing and always holds",
    ),
    "condition that says nothing": Wrong(
        [("when: {severity: mild}", "when: {}")],
        "- {when: {}",
        "benefits[3].sum.amount[1].when",
        "条件没有写内容，永远成立",
        "this condition names nothing and always holds",
    ),
    "indemnity of an allowance": Wrong(
        [("    days:\n", "    indemnity: true\n    days:\n")],
        "indemnity: true",
        "benefits[2].indemnity",
        "indemnity 只用于有 base 的补偿性待遇",
        "indemnity goes with a base",
    ),
    "floor of nothing": Wrong(
        [("floor: 100", "floor: 0")],
        "floor: 0",
        "benefits[0].floor",
        "保底应大于 0；得到 0 元",
        "expected a floor above 0, found 0 yuan",
    ),
    "steps left out": Wrong(
        [("    floor: 100\n", "    floor: 100\n    order: [caps, floor, units, exclusive, shared_caps, indemnity]\n")],
        "order:",
        "benefits[0].order",
        "漏写的步骤不会执行",
        "steps left out are not taken",
    ),
    "collects its own kind": Wrong(
        [("name: 个人自付}", "name: 个人自付, collects: [outpatient, inpatient]}")],
        "base: {of",
        "benefits[0].base.collects",
        "不应是本待遇自己的 kinds；得到 inpatient",
        "expected collects to name other kinds than the benefit's own, found inpatient",
    ),
    "formulas that collect differently": Wrong(
        [
            (
                "    sum: {amount: 30000, top_up: {of: [disability], per: life}}\n",
                (
                    "    lesser_of:\n"
                    "      - {base: {of: copay, name: 甲, collects: outpatient}, rate: 50%}\n"
                    "      - {base: {of: copay, name: 乙}, rate: 60%}\n"
                ),
            )
        ],
        "  - benefit: death",
        "benefits[5]",
        "各算式的 collects 应相同",
        "expected the same collects in all formulas",
    ),
    "all days of none": Wrong(
        [("after: 3", "all_once_more: true")],
        "all_once_more",
        "benefits[2].days.all_once_more",
        "all_once_more 在这里不起作用：没有 after",
        "all_once_more does nothing here: there is no after",
    ),
    "both ends of rest": Wrong(
        [("after: 3", "of: rest\n      both_ends: true")],
        "both_ends",
        "benefits[2].days.both_ends",
        "休养天数由案例给出",
        "days of rest come from the case",
    ),
    "deductible of nothing": Wrong(
        [("deductible: {amount: 500}", "deductible: {amount: 0}")],
        "deductible:",
        "benefits[0].deductible",
        "免补额（起补线）应大于 0",
        "expected a deductible above 0",
    ),
    "threshold inside a first bracket at nought": Wrong(
        [
            ("deductible: {amount: 500}", "deductible: {amount: 500, threshold: true}"),
            ("over: 0, up_to: 10000, rate: 40%", "over: 0, up_to: 10000, rate: 0%"),
        ],
        "deductible:",
        "benefits[0].deductible",
        "起补线应高于开头 0% 的一档（到 10000 元）；得到 500 元",
        "expected a threshold above the first bracket at 0% (up to 10000 yuan), found 500 yuan",
    ),
    "deducted twice": Wrong(
        [
            ("deductible: {amount: 500}", "deductible: {amount: 10000}"),
            ("over: 0, up_to: 10000, rate: 40%", "over: 0, up_to: 10000, rate: 0%"),
        ],
        "deductible:",
        "benefits[0].deductible",
        "10000 元会扣两次",
        "10000 yuan would be taken off twice",
    ),
}


@pytest.mark.parametrize("wrong", SHAPES.values(), ids=SHAPES)
def test_shapes(wrong: Wrong) -> None:
    assert_found(wrong)
