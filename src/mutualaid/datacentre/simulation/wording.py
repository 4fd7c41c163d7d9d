"""Words of a comparison, in Chinese and English, beside those of a plan's prose (see ``mutualaid.plans.prose.wording``)."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from mutualaid.plans.prose.wording import CATALOGUE, Wording
from mutualaid.plans.reading import Draft
from mutualaid.plans.report.curves import short

Pair = tuple[str, str]

_PAGE: dict[str, Pair] = {
    "sim.title": ("如果改用新计划：全年测算", "What would the other plan have cost"),
    "sim.a": ("原计划", "Before"),
    "sim.b": ("新计划", "After"),
    "sim.in_a": ("原计划（A）", "Before (A)"),
    "sim.in_b": ("新计划（B）", "After (B)"),
    "sim.change": ("变化", "Change"),
    "sim.summary": ("结论", "In short"),
    "sim.rules": ("改了哪些规则", "What changed in the rules"),
    "sim.totals": ("总账", "Totals"),
    "sim.benefits": ("各项待遇", "By benefit"),
    "sim.who": ("谁多得，谁少得", "Who gains and who loses"),
    "sim.relief": ("个人负担减轻了多少", "How much of the burden is relieved"),
    "sim.curves": ("一张账单给付多少", "From a bill to its payment"),
    "sim.spread": ("每人全年得到多少", "What each person gets in the year"),
    "sim.months": ("各月给付", "Payments by month"),
    "sim.outcomes": ("结果与原因", "Outcomes and reasons"),
    "sim.extremes": ("变化最大的人", "The largest changes"),
    "sim.notes": ("没有计入的", "What is left out"),
    "sim.foot": (
        "两个计划用同一批案例、同一个理算引擎逐案计算；金额精确到分。",
        "Both versions decide the same cases with the same engine, to the fen.",
    ),
    "sim.contents": ("目录", "Contents"),
    "sim.of": ("{n}人", "{n} person|{n} people"),
    "sim.events": ("{n}件事", "{n} event|{n} events"),
    "sim.comma": ("，", ", "),
    "sim.unknown": ("不明", "unknown"),
    "sim.below": ("{b}元以下", "under {b}"),
    "sim.from_to": ("{a}至{b}元", "{a}–{b}"),
    "sim.from": ("{a}元及以上", "{a} or more"),
    "sim.age_below": ("{b}岁以下", "under {b}"),
    "sim.age_to": ("{a}至{b}岁", "{a}–{b}"),
    "sim.age_from": ("{a}岁及以上", "{a} and over"),
    "sim.sex_0": ("女", "women"),
    "sim.sex_1": ("男", "men"),
    "sim.none": ("（没有）", "(none)"),
    "sim.gone": ("（取消）", "(gone)"),
    "sim.points": ("个百分点", "points"),
    "sim.yuan": (
        "金额单位为元，精确到分；点到图上的条形可看到数字。",
        "Amounts are yuan, exact to the fen; point at a bar of a chart to read its figure.",
    ),
}

_SUMMARY: dict[str, Pair] = {
    "sum.compared": (
        "参加本计划的{n}人，全年案例先按原计划、再按新计划各算一遍。",
        (
            "The year's cases of {n} person covered, decided under the plan before and the plan after.|"
            "The year's cases of {n} people covered, decided under the plan before and the plan after."
        ),
    ),
    "sum.bad": (
        "另有{n}个案例有错，两个计划都不计入。",
        "{n} more case has a fault and counts in neither.|{n} more cases have faults and count in neither.",
    ),
    "sum.plans": (
        "其中有{n}个没有给出的计划的参保；请用 --with 给出这些计划，再算一遍（名单在末尾）。",
        (
            "Among them are covers of {n} plan that was not given; give it with --with, and simulate again.|"
            "Among them are covers of {n} plans that were not given; give them with --with, and simulate again (listed below)."
        ),
    ),
    "sum.more": ("全年多给付{amount}（{share}）：{a} → {b}。", "{amount} more paid in the year ({share}): {a} → {b}."),
    "sum.less": ("全年少给付{amount}（{share}）：{a} → {b}。", "{amount} less paid in the year ({share}): {a} → {b}."),
    "sum.same": ("全年给付不变：{a}。", "The year's payments stay the same: {a}."),
    "sum.gain": ("{n}人多得，共{amount}", "{n} person gains {amount} in all|{n} people gain {amount} in all"),
    "sum.lose": ("{n}人少得，共{amount}", "{n} person loses {amount} in all|{n} people lose {amount} in all"),
    "sum.people": ("{parts}。", "{parts}."),
    "sum.nobody": ("没有人多得，也没有人少得。", "Nobody gains and nobody loses."),
    "sum.started": (
        "{n}人由得不到变为得到",
        "{n} person gets something for the first time|{n} people newly get something",
    ),
    "sum.stopped": ("{n}人由得到变为得不到", "{n} person no longer gets anything|{n} people no longer get anything"),
    "sum.most": ("变化最大的待遇是{name}：{amount}。", "The benefit that changes most: {name}, {amount}."),
    "sum.relief": (
        "会员自己负担的医疗费中，由计划补回的占比：{a} → {b}。",
        "Of what members bore themselves, the plan gives back: {a} → {b}.",
    ),
    "sum.fee": (
        "每份{contribution}{fee}，共收{income}；赔付率{a} → {b}，结余{c} → {d}。",
        "At {fee} a unit, {income} come in; the loss ratio goes from {a} to {b}, the surplus from {c} to {d}.",
    ),
    "sum.fees": (
        "每份{contribution}{fee} → {fee_after}，共收{income} → {income_after}；赔付率{a} → {b}，结余{c} → {d}。",
        (
            "At {fee} → {fee_after} a unit, {income} → {income_after} come in; the loss ratio goes from {a} to {b}, "
            "the surplus from {c} to {d}."
        ),
    ),
    "sum.rules": (
        "规则有{n}处不同，列在下面。",
        "{n} rule differs; it is listed below.|{n} rules differ; they are listed below.",
    ),
    "sum.no_rules": ("两份计划的规则完全相同。", "The rules of the two plans are the same."),
    "sum.texts": (
        "两份计划的规则相同，只有名称、说明或出处等文字不同。",
        "The rules are the same; only names, notes or sources differ.",
    ),
}

_TABLES: dict[str, Pair] = {
    "tot.paid": ("给付合计", "Paid"),
    "tot.people": ("得到给付的人", "People paid"),
    "tot.lines": ("给付笔数", "Lines paid"),
    "tot.mean": ("人均（得到给付的人）", "Mean per person paid"),
    "tot.median": ("中位数", "Median"),
    "tot.largest": ("一人最多", "Largest for one person"),
    "tot.bad": ("有错的案例（不计入）", "Faulty cases (not counted)"),
    "tot.income": ("{contribution}收入", "Contributions"),
    "tot.ratio": ("赔付率", "Loss ratio"),
    "tot.surplus": ("结余", "Surplus"),
    "tot.relief": ("负担减轻", "Burden relieved"),
    "card.before": ("原为{before}", "was {before}"),
    "card.was": ("原为{before}（{change}个百分点）", "was {before} ({change} points)"),
    "card.of": ("原为{before}；共{people}人参加", "was {before}; {people} are covered"),
    "tot.change": ("给付变化", "Change"),
    "col.item": ("项目", "Figure"),
    "col.benefit": ("待遇", "Benefit"),
    "col.gain": ("多得（人）", "Gain (people)"),
    "col.lose": ("少得（人）", "Lose (people)"),
    "col.more": ("多得", "more"),
    "col.less": ("少得", "less"),
    "col.net": ("合计变化", "Net change"),
    "col.burden": ("个人负担", "Burden"),
    "col.month": ("月份", "Month"),
    "col.share": ("百分位", "Percentile"),
    "col.outcome": ("结果与原因（笔数）", "Outcome and reason (lines)"),
    "col.case": ("案号", "Case"),
    "col.rule": ("规则", "Rule"),
    "col.all": ("合计", "All"),
    "col.group_burden": ("按每件事的个人负担", "By burden of the events"),
    "col.group_age": ("按年龄", "By age"),
    "col.group_sex": ("按性别", "By sex"),
    "col.group_level": ("按医院等级", "By hospital level"),
    "col.gains": ("多得最多的人", "Largest gains"),
    "col.losses": ("少得最多的人", "Largest losses"),
    "pct.50": ("一半的人不超过", "half get at most"),
    "pct.other": ("{n}%的人不超过", "{n} % get at most"),
}

_NOTES: dict[str, Pair] = {
    "note.rules": (
        "逐条比较两份计划文件；名称、说明和出处的不同不列。",
        "The two documents compared rule by rule; differences of names, notes and sources are not listed.",
    ),
    "note.totals": (
        "“人”是案例文件里有本计划参保的人；人均和中位数只算得到给付的人；中位数是居中那个人实际得到的数。",
        (
            "People are those with a cover of the plan; mean and median are of the people paid; the median is what the "
            "person in the middle really gets."
        ),
    ),
    "note.fee": (
        "收入 = 全部参保份数 × 每份费用；赔付率 = 给付 ÷ 收入；结余 = 收入 − 给付。",
        "Contributions are the units of all covers × the fee; the loss ratio is paid ÷ contributions.",
    ),
    "note.space": ("", " "),
    "note.benefits": (
        "下面的小字是得到这项给付的人数。",
        "The small figures are the people who are paid the benefit.",
    ),
    "note.who": (
        (
            "先把每个人在该组里各件事的给付相加，再看新计划比原计划多还是少；小字是金额。计划管到的、在保障期内的事件才计入，"
            "没有变化的人不列。"
        ),
        (
            "Each person's payments for the events of a group are added up, then compared; the small figures are yuan. Only "
            "events that the plan looks at, within the cover, count. People without a change are not shown."
        ),
    ),
    "note.relief": (
        "个人负担 = 个人自付 + 个人自费；减轻 = 给付 ÷ 个人负担。负担不明的事件（如身故）不计。",
        (
            "Burden is what the person bore in and out of scope; relieved is paid ÷ burden. Events of unknown burden, such as "
            "a death, are not in it."
        ),
    ),
    "note.curves": (
        "由理算引擎逐点算出：保障期内第一次、只有这一件事、一份。只画有变化的待遇。",
        (
            "Computed point by point by the engine, for the first and only event of the term, with one unit. Only benefits "
            "that change are drawn."
        ),
    ),
    "note.same_curves": (
        "由理算引擎逐点算出：保障期内第一次、只有这一件事、一份。两个计划的曲线相同。",
        (
            "Computed point by point by the engine, for the first and only event of the term, with one unit. The curves of "
            "both plans are the same."
        ),
    ),
    "note.spread": (
        "一个人全年各项给付相加，落在哪一档；没有得到给付的人不计。",
        "All that a person gets in the year, by bands; people who get nothing are not counted.",
    ),
    "note.months": (
        "按事件开始的月份；每月左边（浅色）是原计划，右边（深色）是新计划。",
        "By the month in which the event began; on the left of each month (light) before, on the right (dark) after.",
    ),
    "note.outcomes": (
        "一笔 = 一件事 × 一项待遇。一笔有几个原因的，每个原因下各算一次。",
        "A line is one event × one benefit. A line with several reasons counts under each of them.",
    ),
    "note.extremes": (
        "按全年给付的差额排列，各列前{n}位；金额最大的三位在下面写出全部算式。",
        "By the difference of the year's payments, the first {n} each; the full working of the first three follows.",
    ),
    "note.bad": (
        "{n}个案例有错，与命令行理算（adjudicate）一样算坏案例，两个计划都不计入；在任一个计划下有错的就算有错。",
        (
            "{n} case has a fault, as adjudicate would call it, and counts in neither version.|"
            "{n} cases have faults, as adjudicate would call them, and count in neither version; a fault under either is enough."
        ),
    ),
    "note.bad_shown": ("有错的案例（前{n}个）", "The first {n} of the faulty cases"),
    "note.bad_all": ("有错的案例", "The faulty cases"),
    "note.plans": (
        "有错的案例里有没有给出的计划的参保：{words}。请用 --with 给出这些计划，再算一遍。",
        "Among the faulty are covers of plans that were not given: {words}. Give these plans with --with, and simulate again.",
    ),
    "note.count": ("{word}（{n}）", "{word} ({n})"),
    "note.others": (
        "一起载入的其他计划给付{a} → {b}，不在上面各表之内。",
        "Other plans that were loaded pay {a} → {b}; they are in none of the tables above.",
    ),
    "note.provisional": (
        "暂定的笔数（前面有事件要转人工）：{a} → {b}。",
        "Lines that wait for an earlier event to be looked at by a person: {a} → {b}.",
    ),
    "note.all_counted": ("全部案例都已计入。", "Every case counts."),
    "note.no_losses": ("没有人少得。", "Nobody loses."),
    "note.no_gains": ("没有人多得。", "Nobody gains."),
}

_CHARTS: dict[str, Pair] = {
    "chart.months": ("各月各项给付，新旧对照", "Payments by month and benefit, before and after"),
    "chart.spread": ("全年给付各档的人数，新旧对照", "People by band of payment, before and after"),
    "chart.relief": ("各档个人负担由计划补回的比例，新旧对照", "Share of the burden relieved, before and after"),
    "chart.change": ("各档个人负担的给付变化：多得与少得", "Gains and losses by band of burden"),
    "chart.bar": ("{name}，{side}：{text}", "{name}, {side}: {text}"),
    "chart.month": ("{month}，{name}，{side}：{amount}", "{month}, {name}, {side}: {amount}"),
    "chart.gain": ("{name}：{people}多得{amount}", "{name}: {people} gain {amount}"),
    "chart.lose": ("{name}：{people}少得{amount}", "{name}: {people} lose {amount}"),
    "chart.case": ("{name}，{case}", "{name}, {case}"),
}

_WORKING: dict[str, Pair] = {
    "work.title": ("算式对照", "The workings side by side"),
    "work.gain": ("多得第{n}位：{case}", "Gain no. {n}: {case}"),
    "work.loss": ("少得第{n}位：{case}", "Loss no. {n}: {case}"),
    "work.paid": ("全年给付{a} → {b}（{change}）", "Paid in the year {a} → {b} ({change})"),
    "work.event": ("{kind}，{date}起", "{kind}, from {date}"),
    "work.burden": ("个人负担{amount}", "burden {amount}"),
    "work.same": (
        "其余{n}笔两个计划相同，共{amount}",
        "{n} further line is the same under both: {amount}|{n} further lines are the same under both: {amount}",
    ),
    "work.no_line": ("没有这项待遇", "no such benefit"),
    "work.step": ("步骤", "Step"),
    "work.adds": ("增减", "Adds"),
    "work.after": ("得数", "Result"),
}

_TERMINAL: dict[str, Pair] = {
    "run.written": ("已写出：{path}", "written: {path}"),
    "run.deciding": ("按两个计划计算", "deciding under both"),
    "run.two": (
        "--plans 应给出两个计划文件：原计划 A 和新计划 B；得到 {n} 个",
        "--plans takes two plan documents, before and after; found {n}",
    ),
    "run.out": ("{path}: 不是文件夹", "{path}: not a folder"),
    "run.cannot_write": ("无法写出 {path}：{why}", "{path} can't be written: {why}"),
    "run.unreadable": ("{path}: 有读不出的值：{why}", "{path}: holds a value that can't be read: {why}"),
    "run.absent": (
        "案例里没有计划 {plan} 的参保。案例里的计划：{found}",
        "no cover in the cases names the plan {plan}. They name: {found}",
    ),
    "run.bad": (
        "{n} 个案例有错，没有计入",
        "{n} case has a fault and is not counted|{n} cases have faults and are not counted",
    ),
}

WORDS: dict[str, Pair] = {**_PAGE, **_SUMMARY, **_TABLES, **_NOTES, **_CHARTS, **_WORKING, **_TERMINAL}
"""Key -> (Chinese, English)."""


class SimulationWording(Wording):
    """Words of a plan's prose and of comparisons."""

    catalogue = MappingProxyType({**CATALOGUE, **WORDS})

    def signed(self, fen: int) -> str:
        """Yuan with its sign, for tables: ``+1,234.50``, ``−80.00``; ``0`` for nothing."""
        return f"{'+' if fen > 0 else ''}{self.minus(fen)}" if fen else "0"

    def whole(self, fen: int) -> str:
        """Yuan with its sign without decimals, half away from zero, for labels of charts."""
        yuan = (abs(fen) + 50) // 100
        return f"{'+' if fen > 0 else '−' if fen < 0 else ''}{yuan:,}"

    def rate(self, bp: int | None) -> str:
        """Basis points as a percentage with one decimal, half up; a dash for none."""
        if bp is None:
            return "—"
        tenths = (abs(bp) + 5) // 10
        return f"{'−' if bp < 0 and tenths else ''}{tenths // 10:,}.{tenths % 10}%"

    def signed_rate(self, part: int, whole: int) -> str:
        """Change as a percentage of what was before, with its sign; a dash where there was nothing."""
        if not whole:
            return "—"
        bp = (abs(part) * 20_000 + whole) // (2 * whole)
        sign = "+" if part > 0 else "−" if part < 0 else ""
        return f"{sign}{self.rate(bp)}"

    def pattern(self, key: str) -> str:
        """A text with its places still open."""
        return self.catalogue[key][0 if self.zh else 1]

    @staticmethod
    def number(count: int) -> str:
        """``1,234``; ``1`` chooses the singular."""
        return f"{count:,}"

    def exact_money(self, fen: int) -> str:
        """Yuan with the unit, always in yuan, so that figures of one sentence can be compared."""
        return self("example.money", n=self.minus(fen))

    def signed_money(self, fen: int, *, plus: bool = True) -> str:
        """Yuan with sign and unit."""
        return self("example.money", n=self.signed(fen) if plus else self.minus(fen))

    def quoted(self, draft: Draft) -> str:
        """The name of a plan with the name of its file."""
        return self("about.plan", name=self.of(draft.document.name), plan=Path(draft.file).name)

    def month_short(self, number: int, *, first: bool) -> str:
        """``Mar``; in Chinese ``3``, for the first one ``3月``."""
        return (self.month(number) if first else str(number)) if self.zh else self.month(number)[:3]

    def signed_points(self, before: int | None, after: int | None) -> str:
        """Difference of two shares (basis points) in percentage points, with its sign."""
        if before is None or after is None:
            return "—"
        sign = "+" if after > before else "−" if after < before else ""
        return sign + self.rate(abs(after - before)).removesuffix("%")

    def minus(self, fen: int) -> str:
        """Yuan with both decimals, which may be under zero."""
        return f"{'−' if fen < 0 else ''}{self.exact(abs(fen))}"

    def band(self, begins: tuple[int, ...], number: int, *, age: bool = False) -> str:
        """The name of a band by the figures from which bands begin."""
        if number < 0:
            return self("sim.unknown")
        kind = "sim.age" if age else "sim"
        low = begins[number]
        a = str(low) if age else short(low, self)
        if number + 1 == len(begins):
            return self(f"{kind}_from" if age else "sim.from", a=a)
        if number == 0:
            b = str(begins[1]) if age else short(begins[1], self)
            return self(f"{kind}_below" if age else "sim.below", b=b)
        b = str(begins[number + 1] - 1) if age else short(begins[number + 1], self)
        return self(f"{kind}_to" if age else "sim.from_to", a=a, b=b)
