"""The shape of benefits: one formula each, tables without gaps, ladders, spans and ranges that say something."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from benefit_engine.money import WHOLE, percent, plain_yuan
from benefit_engine.plan import MIDDLE_STEPS
from mutualaid.plans import document as d
from mutualaid.plans.checking.parts import Check, formulas_of, listed
from mutualaid.plans.yaml_reader import Path

_FORMULAS = ("base", "days", "sum", "greater_of", "lesser_of")


def check_shape(check: Check) -> None:
    """All faults of shape of one document, benefit by benefit, then part by part."""
    document = check.document
    if not document.benefits and document.combines is None:
        zh = "计划应至少有一项待遇；得到 0 项；请写 benefits"
        en = "expected at least one benefit, found none; write benefits"
        check.add(("benefits",), zh, en)
    for i, benefit in enumerate(check.benefits):
        path: Path = ("benefits", i)
        _one_formula(check, path, benefit)
        for inside, formula in formulas_of(benefit):
            _formula(check, (*path, *inside), formula, named=bool(inside))
        _settings(check, path, benefit)
    for path, part in check.parts():
        inspect = _PARTS.get(type(part))
        if inspect is not None:
            inspect(check, path, part)
        if isinstance(part, d.Trigger):
            _condition(check, path, part)


# -- formulas ---------------------------------------------------------------------------------------------------------


def _one_formula(check: Check, path: Path, benefit: d.Benefit) -> None:
    found = [name for name in _FORMULAS if getattr(benefit, name) is not None]
    if not found and (benefit.deductible is not None or benefit.rate is not None):
        return  # said by _formula: no base
    if not found and check.dangling(int(path[1])):
        return
    if len(found) != 1:
        names = listed(_FORMULAS, "zh"), listed(_FORMULAS, "en")
        zh = f"每项待遇应写且只写一种算式（{names[0]}）；得到 {listed(found, 'zh')}；请补上，或删去多余的"
        en = f"expected exactly one formula ({names[1]}), found {listed(found, 'en')}; add it or remove the others"
        if benefit.like is not None and len(found) > 1:
            zh += f"（{benefit.like} 的算式不要时，写成 名称: null）"
            en += f" (to drop one that {benefit.like} has, write it as null)"
        check.add((*path, found[-1]) if found else path, zh, en)


def _formula(check: Check, path: Path, formula: d.Formula, *, named: bool) -> None:
    """Base with rate, or days, or sum; the rest of a reimbursement only with a base."""
    if named:
        found = [name for name in ("base", "days", "sum") if getattr(formula, name) is not None]
        if len(found) != 1:
            zh = f"每个算式应写且只写 base、days、sum 之一；得到 {listed(found, 'zh')}；请补上，或删去多余的"
            en = f"expected exactly one of base, days, sum, found {listed(found, 'en')}; add it or remove the others"
            check.add(path, zh, en)
    if formula.base is None:
        for name, part in (("deductible", formula.deductible), ("rate", formula.rate)):
            if part is not None:
                zh = f"{name} 只能与 base 同用；没有 base；请写 base，或删去 {name}"
                en = f"{name} goes with a base, found none; write base or remove {name}"
                check.add((*path, name), zh, en)
    elif formula.rate is None:
        zh = "有 base 应有 rate；没有 rate；请写给付比例，如 rate: 70%"
        en = "expected a rate for this base, found none; write the share that is paid, like rate: 70%"
        check.add((*path, "base"), zh, en)
    if formula.deductible is not None and formula.rate is not None:
        _deductible(check, (*path, "deductible"), formula.deductible, formula.rate)


def _deductible(check: Check, path: Path, deductible: d.Deductible, rate: d.Rate) -> None:
    """A deductible of nothing, one that the first bracket repeats,
    or a threshold below which nothing is paid anyhow."""
    amounts = [row.value for row in deductible.amount]
    if max(amounts) == 0:
        zh = "免补额（起补线）应大于 0；得到 0 元，不起作用；请删去"
        en = "expected a deductible above 0, found 0 yuan, which takes nothing off; remove it"
        check.add(path, zh, en)
        return
    free = min(_unpaid_up_to(table) for table in rate.tables) if deductible.per == rate.per else 0
    if deductible.threshold and max(amounts) <= free:
        zh = (
            f"起补线应高于开头 0% 的一档（到 {plain_yuan(free)} 元）；得到 {plain_yuan(max(amounts))} 元，不起作用；"
            "请删去其一"
        )
        en = (
            f"expected a threshold above the first bracket at 0% (up to {plain_yuan(free)} yuan), "
            f"found {plain_yuan(max(amounts))} yuan, which never matters; remove one of them"
        )
        check.add(path, zh, en)
    elif not deductible.threshold and free > 0 and free in amounts:
        zh = f"{plain_yuan(free)} 元会扣两次：免补额一次，开头 0% 的一档又一次；请删去其一（各档从扣除之后的金额算起）"
        en = (
            f"{plain_yuan(free)} yuan would be taken off twice, by the deductible and by the first bracket at 0%; "
            "remove one of them (brackets begin after the deductible)"
        )
        check.add(path, zh, en)


def _unpaid_up_to(table: d.Table) -> int:
    """Fen up to which the table pays nothing; 0 when it pays from the first."""
    first = table.brackets[0] if table.brackets else None
    pays = first is None or (first.rate or 0) > 0 or (first.sum or 0) > 0
    return 0 if pays or first is None else first.up_to or 0


def _settings(check: Check, path: Path, benefit: d.Benefit) -> None:
    """Settings of a benefit that do nothing, or leave steps out."""
    formulas = [formula for _, formula in formulas_of(benefit)]
    if benefit.indemnity is not None and all(formula.base is None for formula in formulas):
        zh = "indemnity 只用于有 base 的补偿性待遇；这里没有 base，不起作用；请删去"
        en = "indemnity goes with a base; there is none here, so that it does nothing; remove it"
        check.add((*path, "indemnity"), zh, en)
    if benefit.floor == 0:
        check.add(
            (*path, "floor"),
            "保底应大于 0；得到 0 元，不起作用；请删去",
            "expected a floor above 0, found 0 yuan, which does nothing; remove it",
        )
    if benefit.order is not None and sorted(benefit.order) != sorted(MIDDLE_STEPS):
        zh = (
            f"order 应把各步各写一次（{listed(MIDDLE_STEPS, 'zh')}）；得到 {listed(benefit.order, 'zh')}；"
            "漏写的步骤不会执行，请补全"
        )
        en = (
            f"expected order to name every step once ({listed(MIDDLE_STEPS, 'en')}), "
            f"found {listed(benefit.order, 'en')}; "
            "steps left out are not taken, name them all"
        )
        check.add((*path, "order"), zh, en)
    collected = [frozenset(f.base.collects or ()) for f in formulas if f.base is not None]
    if len(set(collected)) > 1:
        zh = "各算式的 collects 应相同：一次结算只能汇总同一批事件；请写成一样"
        en = "expected the same collects in all formulas, as one settlement takes the same events; make them equal"
        check.add(path, zh, en)
    for inside, formula in formulas_of(benefit):
        if formula.base is not None and formula.base.collects:
            own = sorted(set(formula.base.collects) & set(benefit.kinds or ()))
            if own:
                zh = (
                    f"collects 汇总的事件种类不应是本待遇自己的 kinds；得到 {listed(own, 'zh')}；"
                    "请另定一种期末结算的事件种类"
                )
                en = (
                    f"expected collects to name other kinds than the benefit's own, found {listed(own, 'en')}; "
                    "let a kind of its own stand for the settlement at the end of the period"
                )
                check.add((*path, *inside, "base", "collects"), zh, en)
        if formula.sum is not None and formula.sum.ladder:
            _graded(check, (*path, *inside, "sum", "ladder"), benefit)


def _graded(check: Check, path: Path, benefit: d.Benefit) -> None:
    asked = [benefit.when, *(gate.when for gate in benefit.requires)]
    if "disability" not in (benefit.kinds or ()) and not any(
        when is not None and when.disability_grade for when in asked
    ):
        zh = (
            "按伤残等级给付应有等级：kinds 含 disability，或 when 写 disability_grade；"
            f"得到 kinds {listed(benefit.kinds or (), 'zh')}"
        )
        en = (
            "expected a grade for the ladder: kinds with disability, or disability_grade in when; "
            f"found kinds {listed(benefit.kinds or (), 'en')}"
        )
        check.add(path, f"{zh}；请补上", f"{en}; add it")


# -- parts, wherever they stand ---------------------------------------------------------------------------------------


def _table(check: Check, path: Path, table: d.Table) -> None:
    if (table.rate is None) == (table.brackets is None):
        found_zh, found_en = ("两者都没有", "neither") if table.rate is None else ("两者都有", "both")
        zh = f"应写且只写 rate（单一比例）或 brackets（分档）；得到{found_zh}；请留一个"
        en = f"expected either rate (flat) or brackets, found {found_en}; keep one"
        check.add(path, zh, en)
    if table.rate is not None:
        _at_most_all(check, (*path, "rate"), table.rate)
        if "mode" in table.model_fields_set:
            zh = f"mode 只用于分档（brackets）；这里是单一比例 {percent(table.rate)}；请删去 mode"
            en = f"mode goes with brackets; this is a flat rate of {percent(table.rate)}; remove mode"
            check.add((*path, "mode"), zh, en)
    for i, bracket in enumerate(table.brackets or ()):
        _bracket(check, (*path, "brackets", i), bracket, table)
    if table.brackets:
        _joined(check, (*path, "brackets"), table.brackets)


def _bracket(check: Check, path: Path, bracket: d.Bracket, table: d.Table) -> None:
    wanted, other = ("sum", "rate") if table.mode == "steps" else ("rate", "sum")
    if getattr(bracket, wanted) is None:
        zh = f"mode 为 {table.mode} 时每档应写 {wanted}；没有；请补上"
        en = f"expected {wanted} in each bracket of mode {table.mode}, found none; add it"
        check.add(path, zh, en)
    if getattr(bracket, other) is not None:
        zh = f"mode 为 {table.mode} 时用 {wanted}，{other} 不起作用；请删去 {other}，或改 mode"
        en = f"mode {table.mode} uses {wanted}, {other} does nothing; remove {other} or change the mode"
        check.add((*path, other), zh, en)
    if bracket.rate is not None:
        _at_most_all(check, (*path, "rate"), bracket.rate)
    if bracket.up_to is not None and bracket.up_to <= bracket.over:
        zh = f"up_to 应大于 over {plain_yuan(bracket.over)} 元；得到 {plain_yuan(bracket.up_to)} 元；请改正"
        en = (
            f"expected up_to above over {plain_yuan(bracket.over)} yuan, found {plain_yuan(bracket.up_to)} yuan; "
            "correct it"
        )
        check.add((*path, "up_to"), zh, en)


def _joined(check: Check, path: Path, brackets: list[d.Bracket]) -> None:
    """From 0 without gap or overlap to an open end."""
    if brackets[0].over != 0:
        zh = f"第一档应从 0 元起（over: 0）；得到 {plain_yuan(brackets[0].over)} 元；不补的部分请写一档 0%"
        en = (
            f"expected the first bracket to begin at 0 yuan (over: 0), found {plain_yuan(brackets[0].over)} yuan; "
            "write a bracket at 0% for what is not paid"
        )
        check.add((*path, 0, "over"), zh, en)
    for i, (before, after) in enumerate(itertools.pairwise(brackets), start=1):
        if before.up_to is None:
            zh = f"没有 up_to 的一档应是最后一档；第 {i} 档之后还有；请给它写 up_to，或删去后面的档"
            en = (
                f"expected only the last bracket without up_to; more follow bracket {i}; "
                "give it an up_to or remove the rest"
            )
            check.add((*path, i - 1), zh, en)
        elif before.up_to != after.over:
            gap = before.up_to < after.over
            what_zh, what_en = ("有空档", "leave a gap") if gap else ("重叠", "overlap")
            low, high = sorted((before.up_to, after.over))
            between = f"{plain_yuan(low)}–{plain_yuan(high)}"
            zh = (
                f"over 应等于上一档的 up_to {plain_yuan(before.up_to)} 元；得到 {plain_yuan(after.over)} 元，"
                f"{between} 元{what_zh}；请接上"
            )
            en = (
                f"expected over to equal the up_to {plain_yuan(before.up_to)} yuan of the bracket before, "
                f"found {plain_yuan(after.over)} yuan: they {what_en} at {between} yuan; make them meet"
            )
            check.add((*path, i, "over"), zh, en)
    last = brackets[-1]
    if last.up_to is not None:
        zh = (
            f"最后一档不应有 up_to；得到 {plain_yuan(last.up_to)} 元，以上的金额不补；请写明：再加一档 over: "
            f"{plain_yuan(last.up_to)}, rate: 0%"
        )
        en = (
            f"expected no up_to in the last bracket, found {plain_yuan(last.up_to)} yuan: amounts above get nothing; "
            f"say so with a further bracket over: {plain_yuan(last.up_to)}, rate: 0%"
        )
        check.add((*path, len(brackets) - 1, "up_to"), zh, en)


def _at_most_all(check: Check, path: Path, rate: int) -> None:
    if rate > WHOLE:
        zh = f"比例应不超过 100%；得到 {percent(rate)}；请改正"
        en = f"expected at most 100%, found {percent(rate)}; correct it"
        check.add(path, zh, en)


def _rate(check: Check, path: Path, rate: d.Rate) -> None:
    bonus = rate.tenure_bonus
    if rate.per == "period":
        for i, table in enumerate(rate.tables):
            rates = [bracket.rate for bracket in table.brackets or ()]
            for j, share in enumerate(rates):
                if share == 0 and bonus is None and any(rates[j + 1 :]):
                    zh = (
                        "按本期累计（per: period）时，只有给付过的金额计入累计，0% 的一档永远走不过去；"
                        "请改用 deductible（per: period），或改正比例"
                    )
                    en = (
                        "with per: period only what was paid for moves the running total, so that a bracket of 0% is never "
                        "passed; write a deductible with per: period instead, or correct the rate"
                    )
                    check.add((*path, "tables", i, "brackets", j, "rate"), zh, en)
    if bonus is None:
        return
    if bonus.rate == 0 or bonus.most == 0:
        zh = "续保加成应大于 0；rate 或 most 为 0，不起作用；请删去或改正"
        en = "expected a tenure bonus above 0; rate or most is 0, so that it does nothing; remove or correct it"
        check.add((*path, "tenure_bonus"), zh, en)
    if all(table.mode == "steps" for table in rate.tables):
        zh = "续保加成加在比例上；各档都是定额（mode: steps），加成不起作用；请删去"
        en = "a tenure bonus adds to a rate; here all is paid in sums (mode: steps), so that it does nothing; remove it"
        check.add((*path, "tenure_bonus"), zh, en)


def _base(check: Check, path: Path, base: d.Base) -> None:
    for i, row in enumerate(base.share or ()):
        _at_most_all(check, (*path, "share", i, "value"), row.value)


def _days(check: Check, path: Path, days: d.Days) -> None:
    idle: list[tuple[str, str, str]] = []
    if days.all_once_more and days.after == 0:
        idle.append(("all_once_more", "没有 after", "there is no after"))
    if days.of == "rest":
        idle += [
            (name, "休养天数由案例给出", "days of rest come from the case")
            for name in ("both_ends", "within_cover")
            if getattr(days, name)
        ]
    for name, why_zh, why_en in idle:
        check.add(
            (*path, name), f"{name} 在这里不起作用：{why_zh}；请删去", f"{name} does nothing here: {why_en}; remove it"
        )


def _sum(check: Check, path: Path, part: d.Sum) -> None:
    ladder = part.ladder or []
    for i, (worse, milder) in enumerate(itertools.pairwise(ladder), start=1):
        if milder > worse:
            zh = f"等级比例应从 1 级到 10 级递减；{i} 级 {percent(worse)}，{i + 1} 级却是 {percent(milder)}；请改正"
            en = (
                "expected shares falling from grade 1 to 10; "
                f"grade {i} has {percent(worse)} but grade {i + 1} {percent(milder)}; correct it"
            )
            check.add((*path, "ladder", i), zh, en)


def _span(check: Check, path: Path, span: d.Span) -> None:
    found = [name for name in ("days", "working_days", "months") if getattr(span, name) is not None]
    if len(found) != 1:
        zh = f"应写且只写 days、working_days、months 之一；得到 {listed(found, 'zh')}；请留一个"
        en = f"expected exactly one of days, working_days, months, found {listed(found, 'en')}; keep one"
        check.add(path, zh, en)


def _int_range(check: Check, path: Path, part: d.IntRange) -> None:
    if part.least is None and part.most is None:
        check.add(path, "区间应有 from 或 up_to；都没有；请补上", "expected from or up_to, found neither; add one")
    elif part.least is not None and part.most is not None and part.least > part.most:
        zh = f"up_to 应不小于 from {part.least}；得到 {part.most}；请对调或改正"
        en = f"expected up_to of at least from {part.least}, found {part.most}; swap or correct them"
        check.add((*path, "up_to"), zh, en)


def _date_range(check: Check, path: Path, part: d.DateRange) -> None:
    if part.start is None and part.until is None:
        check.add(path, "日期区间应有 from 或 until；都没有；请补上", "expected from or until, found neither; add one")
    elif part.start is not None and part.until is not None and part.start >= part.until:
        zh = f"until 应晚于 from {part.start}（until 当日不含）；得到 {part.until}；请对调或改正"
        en = f"expected until after from {part.start} (until is not included), found {part.until}; swap or correct them"
        check.add((*path, "until"), zh, en)


def _top_up(check: Check, path: Path, benefit: d.Benefit) -> None:
    for inside, formula in formulas_of(benefit):
        if formula.sum is not None and formula.sum.top_up is not None and benefit.benefit in formula.sum.top_up.of:
            zh = (
                f"top_up 补足的应是别的待遇；得到本待遇 {benefit.benefit}；请删去（同一待遇先低后高用 once 的 upgrade）"
            )
            en = (
                f"expected top_up of other benefits, found this one ({benefit.benefit}); remove it "
                "(a later, greater sum of the same benefit is once with upgrade)"
            )
            check.add((*path, *inside, "sum", "top_up", "of"), zh, en)


def _waiting(check: Check, path: Path, part: d.Waiting) -> None:
    if part.days is None and part.months is None:
        zh = "等待期应有 days 或 months；都没有；请补上（没有等待期写 days: 0）"
        en = "expected days or months of waiting time, found neither; add one (none at all is days: 0)"
        check.add(path, zh, en)


def _condition(check: Check, path: Path, part: d.Trigger) -> None:
    """A condition that says nothing; a grade that doesn't exist."""
    if all(getattr(part, name) is None for name in type(part).model_fields):
        if "exclusions" in path:
            zh, en = "除外情形没有写条件，会除外一切", "this exclusion names nothing and would exclude everything"
        elif "requires" in path:
            zh, en = "必备条件没有写内容，永远成立", "this requirement names nothing and always holds"
        else:
            zh, en = "条件没有写内容，永远成立", "this condition names nothing and always holds"
        check.add(path, f"{zh}；请写出条件，或删去", f"{en}; write the condition or remove it")
    grade = part.disability_grade
    if grade is not None:
        for name, value in (("from", grade.least), ("up_to", grade.most)):
            if value is not None and not 1 <= value <= 10:
                zh, en = (
                    f"伤残等级应为 1 到 10；得到 {value}；请改正",
                    f"expected a grade from 1 to 10, found {value}; correct it",
                )
                check.add((*path, "disability_grade", name), zh, en)


_PARTS: dict[type[d.Part], Callable[..., None]] = {
    d.Table: _table,
    d.Rate: _rate,
    d.Base: _base,
    d.Days: _days,
    d.Sum: _sum,
    d.Span: _span,
    d.IntRange: _int_range,
    d.DateRange: _date_range,
    d.Waiting: _waiting,
    d.Benefit: _top_up,
}
