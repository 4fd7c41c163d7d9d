"""Fixed words of the report and of `mutualaid library` on the terminal, in Chinese and English (see ``wording``)."""

from __future__ import annotations

Pair = tuple[str, str]

_REPORT: dict[str, Pair] = {
    "report.title": ("职工互助保障计划一览", "Mutual-aid plans at a glance"),
    "report.lead": (
        "每个计划逐条写成会员能读懂的话；每项待遇附有由理算引擎算出的例子、对照表和曲线。",
        (
            "Every plan, clause by clause, in words that a member can read; for each benefit an example, a table and a "
            "curve, all computed by the engine."
        ),
    ),
    "report.rounding": (
        "金额先按比例精确计算，四舍五入到分；诊断和手术有多个编码的，任何一个符合即可。",
        "Amounts are computed exactly and rounded half up to the fen; of several diagnoses or operations any one will do.",
    ),
    "report.marks": ("标记", "Marks"),
    "report.mark_published": ("规则都有公开出处", "every rule has a public source"),
    "report.mark_illustrative": (
        "含有假设的数值，不能向会员发布",
        "has assumed values and can't be published to members",
    ),
    "report.index": ("目录", "Contents"),
    "report.top": ("回到目录", "Back to contents"),
    "report.other": ("English", "中文"),
    "report.count": ("{n}个计划", "{n} plan|{n} plans"),
    "report.foot": (
        "由计划文件自动生成；条文以主办单位公布的为准。",
        "Made from the plan documents; the organiser's published text prevails.",
    ),
    "kind_of.medical": ("医疗费用补助", "Medical costs"),
    "kind_of.illness": ("重大疾病与津贴", "Critical illness and allowances"),
    "kind_of.women": ("女职工特殊疾病", "Women's diseases"),
    "kind_of.accident": ("意外伤害", "Accidents"),
    "kind_of.other": ("其他", "Other"),
    "kind_of.combined": ("综合保障", "Combined plans"),
    "if.title": ("如果……给付多少", "What if"),
    "if.base": ("{name}（元）", "{name} (yuan)"),
    "if.stay": ("住院天数", "Days in hospital"),
    "if.rest": ("休养天数", "Days of rest"),
    "if.both": ("天数（住院与休养相同）", "Days (the same in hospital and of rest)"),
    "if.grade": ("伤残等级", "Grade of disability"),
    "if.case": ("情形", "Case"),
    "if.paid": ("给付（元）", "Paid (yuan)"),
    "if.share": ("占比", "Share"),
    "if.note": ("结果", "Outcome"),
    "if.nothing": ("不给付", "nothing"),
    "if.curve": ("{name}随{of}变化的曲线", "{name} by {of}"),
    "if.axis_days": ("天数（天）", "Days"),
    "if.point": ("{x}时给付{y}", "{y} at {x}"),
    "if.slope": (
        "线段上的百分数：在这一段每多100元可多给付的金额（元）",
        "Percentages: what each further 100 yuan adds there",
    ),
    "if.slope_days": ("线段上的金额：在这一段每多一天可多给付的金额", "Amounts: what each further day adds there"),
    "if.flat": ("不再增加", "no more"),
    "if.wan": ("{n}万", "{n}"),
    "if.stays": (
        "按保障期内只有这一次住院、一份计算；账单是假设的：医保基金支付七成，个人自付三成，没有自费",
        (
            "for one stay, the only one of the term, with one unit; the bills are made up: the fund pays 70 in 100, the member's "
            "share in scope is the rest"
        ),
    ),
    "if.one_event": (
        "按保障期内第一次、只有这一件事、一份计算",
        "for the first and only event of the term, with one unit",
    ),
}

_LIBRARY: dict[str, Pair] = {
    "library.title": ("职工互助保障平台 · 计划库", "Mutualaid · the library of plans"),
    "library.no_plans": (
        "没有找到计划库 {path}。",
        "There is no library of plans at {path}.",
    ),
    "library.no_cases": (
        "没有找到随附案例 {path}。",
        "There are no shipped cases at {path}.",
    ),
    "library.where": (
        "计划库和案例随源代码提供，不在安装包里。请在源代码的根目录运行，或用 --plans 和 --cases 指明文件夹。",
        (
            "Plans and cases come with the source tree, not with the installed package. Run this at the root of the "
            "source tree, or name the folders with --plans and --cases."
        ),
    ),
    "library.library": ("1. 核对计划库", "1. The library is checked"),
    "library.library_good": (
        "{n}个计划全部通过核对，其中{published}个规则已公布、{illustrative}个为示例",
        (
            "{n} plan checked without a fault: {published} published, {illustrative} illustrative"
            "|{n} plans checked without a fault: {published} published, {illustrative} illustrative"
        ),
    ),
    "library.library_bad": (
        "计划库有{n}处错误，请先改正",
        "{n} fault in the library; mend it first|{n} faults in the library; mend them first",
    ),
    "library.cases": ("2. 计算随附案例", "2. The shipped cases are decided"),
    "library.published": ("公布过金额的案例", "Cases with a published figure"),
    "library.plan": ("计划", "Plan"),
    "library.case": ("案例", "Case"),
    "library.engine": ("引擎算得", "Engine"),
    "library.figure": ("公布金额", "Published"),
    "library.source": ("出处", "Source"),
    "library.fit": ("对照", "Fit"),
    "fit.true": ("一致", "fits"),
    "fit.false": ("不符", "differs"),
    "fit.near": ("接近", "near"),
    "fit.unknown": ("无法核对", "can't be checked"),
    "library.by_plan": ("按条文推算的案例", "Cases worked out from the rules"),
    "library.held": ("符合", "Hold"),
    "library.all": ("案例数", "Cases"),
    "library.cases_good": (
        "{n}个案例全部符合预期（含{published}个公布过金额的）",
        (
            "the {n} case says what it should ({published} with a published figure)"
            "|all {n} cases say what they should ({published} with a published figure)"
        ),
    ),
    "library.cases_bad": (
        "{n}个案例与预期不符",
        "{n} case does not say what it should|{n} cases do not say what they should",
    ),
    "library.difference": (
        "{what}：应为 {expected}，引擎算得 {found}",
        "{what}: expected {expected}, the engine says {found}",
    ),
    "library.tree": ("3. 一个算式从头到尾", "3. One decision, step by step"),
    "library.tree_case": (
        "广西互助1号：住院7天，医疗费总额52,000元，个人自付12,000元、自费1,500元",
        "Guangxi no. 1: 7 days in hospital, bill 52,000 yuan, the person's share in scope 12,000 and out of scope 1,500",
    ),
    "library.total": ("合计给付 {amount}", "{amount} paid in all"),
    "library.line": ("{name}：{outcome}{amount}", "{name}: {outcome} {amount}"),
    "library.report": ("4. 生成网页", "4. Pages are written"),
    "library.writing": ("生成网页", "writing pages"),
    "library.written": ("已写出：{path}", "written: {path}"),
    "library.cannot_write": ("无法写出 {path}：{why}", "{path} can't be written: {why}"),
    "library.next": ("接下来", "Next"),
    "library.next_open": ("用浏览器打开 {path}", "open {path} in a browser"),
    "library.next_show": ("像会员一样读一个计划：{command}", "read a plan as a member would: {command}"),
    "library.next_decide": ("计算自己的案例：{command}", "decide your own cases: {command}"),
    "library.next_write": (
        "照 {path} 写一个新计划，再用 {command} 核对",
        "write a plan of your own after {path} and check it with {command}",
    ),
    "outcome.pay": ("给付", "paid"),
    "outcome.refuse": ("不予给付", "refused"),
    "outcome.refer": ("转人工核实", "referred to a person"),
    "outcome.none": ("未触发", "not triggered"),
}

PAGES: dict[str, Pair] = {**_REPORT, **_LIBRARY}
"""Key -> (Chinese, English)."""
