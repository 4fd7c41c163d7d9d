"""The plan language: the shape of a plan document (YAML), part by part.

A designer in a union writes it, an auditor reads it: who, when (``when``, ``requires``), from what (``base``, ``days``,
``sum``), how much (``deductible``, ``rate``), within which limits. ``mutualaid plan schema`` publishes the descriptions.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from benefit_engine.plan import MIDDLE_STEPS
from mutualaid.plans.values import Percent, Yuan, as_list, as_rows, to_words

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+([-_][a-z0-9]+)*$", max_length=60)]
Name = Annotated[str, Field(min_length=1, max_length=60)]
Line = Annotated[str, Field(min_length=1, max_length=2000)]
Scope = Literal["stay", "day", "period", "life", "disease", "cause"]
WordList = Annotated[
    list[Name], BeforeValidator(as_list, json_schema_input_type=Name | list[Name]), Field(min_length=1)
]
Change = Literal["retiring", "leaving", "changing_employer"]


class Part(BaseModel):
    """Common manners: unknown keys are faults, nothing is converted silently, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


class Words(Part):
    """Text in Chinese and, where given, English."""

    zh: Line
    en: Line | None = None


Text = Annotated[Words, BeforeValidator(to_words, json_schema_input_type=Line | Words)]


class Rule(Part):
    """Where a rule comes from. Every rule carries a clause or a source, its own or that of the part around it."""

    clause: Text | None = Field(None, description="条款号或条款名，如 第八条 / clause of the plan's own text")
    source: Annotated[list[Name], BeforeValidator(as_list, json_schema_input_type=Name | list[Name])] = Field(
        default_factory=list, description="出处，sources 中的编号 / keys of `sources`"
    )
    assumed: Text | None = Field(None, description="无人公布的数值：为何这样设 / nobody published it: why this value")
    reading: Text | None = Field(
        None, description="条文有歧义时所取的读法 / the reading taken where the text leaves it open"
    )
    note: Text | None = Field(None, description="给会员看的说明 / a note for members")


class Source(Part):
    """A published source."""

    title: Text
    address: Line | None = None
    grade: Literal["A", "B", "C"] | None = Field(None, description="A 官方或报社自有网站, B 门户或转载, C 镜像")
    on: datetime.date | None = None


class IntRange(Part):
    """Whole numbers, both ends included."""

    least: int | None = Field(None, alias="from", ge=0)
    most: int | None = Field(None, alias="up_to", ge=0)


class DateRange(Part):
    """Days, the end not included."""

    start: datetime.date | None = Field(None, alias="from")
    until: datetime.date | None = None


Levels = Annotated[
    list[Literal[1, 2, 3]],
    BeforeValidator(as_list, json_schema_input_type=Literal[1, 2, 3] | list[Literal[1, 2, 3]]),
    Field(min_length=1),
]
Employments = Annotated[
    list[Literal["in_service", "retired", "flexible", "gig"]],
    BeforeValidator(
        as_list,
        json_schema_input_type=Literal["in_service", "retired", "flexible", "gig"]
        | list[Literal["in_service", "retired", "flexible", "gig"]],
    ),
    Field(min_length=1),
]
Insurances = Annotated[
    list[Literal["employee", "resident", "none"]],
    BeforeValidator(
        as_list,
        json_schema_input_type=Literal["employee", "resident", "none"] | list[Literal["employee", "resident", "none"]],
    ),
    Field(min_length=1),
]


class Trigger(Part):
    """What must have happened for a benefit to be triggered; where it has not, the line's outcome is `none`."""

    accident: bool | None = Field(None, description="是否意外伤害所致")
    diseases: WordList | None = Field(None, description="lists 中的病种表名（诊断或手术任一符合） / names of `lists`")
    not_diseases: WordList | None = Field(None, description="不属于这些病种表")
    diagnoses: WordList | None = Field(None, description="ICD-10 前缀或区间，如 C50、C00-C97")
    not_diagnoses: WordList | None = None
    operations: WordList | None = Field(None, description="ICD-9-CM-3 前缀或区间")
    not_operations: WordList | None = None
    severity: WordList | None = Field(None, description="病情程度的词，如 mild、severe")
    disability_grade: IntRange | None = Field(None, description="伤残等级，1 最重")
    sex: Literal["F", "M"] | None = None
    groups: WordList | None = Field(None, description="属于其中任一人群")
    not_groups: WordList | None = None
    any_of: list[Trigger] | None = Field(None, min_length=1, description="任一成立即可")


class When(Trigger):
    """A condition on the facts of an event, its person and its cover; all that is named must hold."""

    kinds: WordList | None = None
    settled_by_insurance: bool | None = Field(None, description="是否经医保结算")
    hospital_level: Levels | None = None
    circumstances: WordList | None = Field(None, description="情形，如 drunk_driving")
    age: IntRange | None = Field(None, description="保障期起始日的周岁")
    employment: Employments | None = None
    basic_insurance: Insurances | None = None
    relation: (
        Annotated[
            list[Literal["self", "child", "spouse"]],
            BeforeValidator(
                as_list,
                json_schema_input_type=Literal["self", "child", "spouse"] | list[Literal["self", "child", "spouse"]],
            ),
        ]
        | None
    ) = None
    option: WordList | None = Field(None, description="参保档次")
    risk_class: WordList | None = Field(None, description="职业风险类别")
    tenure: IntRange | None = Field(None, description="连续参加的期数，含本期")
    stay: IntRange | None = Field(None, description="本期内第几次住院")
    days: IntRange | None = Field(None, description="住院天数")
    days_since_joining: IntRange | None = Field(None, description="自连续参加首日起的天数")
    dates: DateRange | None = Field(None, description="计算日在此区间（用于中途修改的数值）")
    any_of: list[When] | None = Field(None, min_length=1, description="任一成立即可")  # type: ignore[assignment]


class YuanRow(Rule):
    """One row of a choice of amounts: the first whose `when` holds."""

    when: When | None = None
    value: Yuan


class PercentRow(Rule):
    """One row of a choice of shares."""

    when: When | None = None
    value: Percent


YuanChoice = Annotated[
    list[YuanRow], BeforeValidator(as_rows, json_schema_input_type=Yuan | list[YuanRow]), Field(min_length=1)
]
PercentChoice = Annotated[
    list[PercentRow], BeforeValidator(as_rows, json_schema_input_type=Percent | list[PercentRow]), Field(min_length=1)
]


class Disease(Part):
    """One entry of a list: any of its codes means it."""

    name: Text
    diagnoses: Annotated[list[Name], BeforeValidator(as_list, json_schema_input_type=Name | list[Name])] = Field(
        default_factory=list
    )
    operations: Annotated[list[Name], BeforeValidator(as_list, json_schema_input_type=Name | list[Name])] = Field(
        default_factory=list
    )


class DiseaseList(Rule):
    """A list of diseases or treatments that benefits name."""

    name: Text
    entries: list[Disease] = Field(min_length=1)


class Span(Part):
    """A span of time: exactly one of days, working days, months."""

    days: int | None = Field(None, ge=0, le=36_600)
    working_days: int | None = Field(None, ge=0, le=10_000)
    months: int | None = Field(None, ge=0, le=1200)


class Price(Rule):
    """The fee of one unit for one term; `lasts`: its days or months, where that is not the years of `term`."""

    fee: Yuan
    option: Name | None = None
    employer_type: Name | None = None
    risk_class: Name | None = None
    lasts: Span | None = None


class Payer(Rule):
    """Who may pay which part of the fee."""

    payer: Literal["member", "employer", "employer_union", "upper_union", "administration"]
    least: Yuan | None = None
    most: Yuan | None = None


class Window(Rule):
    """A season, each year from month-day to month-day."""

    opens: Annotated[str, Field(pattern=r"^\d\d-\d\d$")] | None = None
    closes: Annotated[str, Field(pattern=r"^\d\d-\d\d$")] | None = None
    catch_up_month: int | None = Field(None, ge=1, le=12)


class Refund(Rule):
    """What is given back: `none`, or the whole fee to those who were never eligible, to those who withdraw before cover
    begins; on leaving in mid-term the part for the days that are left."""

    on_exit: Literal["none", "pro_rata"] = "none"
    never_eligible: Literal["none", "full"] = "none"
    before_cover: Literal["none", "full"] = "none"


class Term(Rule):
    """How long a period is and when it begins."""

    years: int = Field(ge=1, le=10)
    begins: Literal["fixed", "same_day", "next_day", "working_days_after_payment", "first_of_month"] = "fixed"
    on: Annotated[str, Field(pattern=r"^\d\d-\d\d$")] | None = Field(None, description="固定起始日 MM-DD")
    first_on: datetime.date | None = Field(None, description="首期起始日")
    working_days: int | None = Field(None, ge=1, le=60)
    enrolment: Window | None = None
    exit: Literal["not_in_term", "any_time"] = "not_in_term"
    refund: Refund | None = None
    run_off: Span | None = Field(None, description="保障期结束后还受理多久 / how long claims are taken after the end")


class Ages(Part):
    """Full years on the first day of the period, both ends included."""

    least: int | None = Field(None, alias="from", ge=0, le=150)
    most: int | None = Field(None, alias="up_to", ge=0, le=150)
    sex: Literal["F", "M"] | None = None
    relation: Literal["self", "child", "spouse"] | None = None
    until_retirement: bool = Field(False, description="到法定退休年龄为止（见 retirement_ages）")
    renewal_only_from: int | None = Field(None, ge=0, le=150, description="自此年龄起须上期已参加")


class RetirementAge(Rule):
    """Statutory retirement age: `years`, and for those born from `born_from` on one month more per `months_per_month`."""

    sex: Literal["F", "M"]
    years: int = Field(ge=30, le=80)
    born_from: datetime.date | None = None
    months_per_month: int = Field(0, ge=0, le=12)
    up_to: int | None = Field(None, ge=30, le=80)
    groups: WordList | None = None


class Who(Rule):
    """One rule about who may be covered; several rules must all hold."""

    ages: list[Ages] | None = None
    employment: Employments | None = None
    basic_insurance: Insurances | None = None
    groups: WordList | None = None
    not_groups: WordList | None = None
    relation: (
        Annotated[
            list[Literal["self", "child", "spouse"]],
            BeforeValidator(
                as_list,
                json_schema_input_type=Literal["self", "child", "spouse"] | list[Literal["self", "child", "spouse"]],
            ),
        ]
        | None
    ) = None
    told: Text | None = Field(None, description="入会时核对而赔付时不核对的条件，如健康、合同期限")


class Waiting(Rule):
    """Waiting time on first entry; none on unbroken renewal."""

    days: int | None = Field(None, ge=0, le=3660)
    months: int | None = Field(None, ge=0, le=120)
    accidents: bool = Field(False, description="意外是否也有等待期")


class Units(Rule):
    """Units (份) of one person."""

    most: int = Field(ge=1, le=1000)


class EmployerRule(Rule):
    """What an employer must bring: at least a share of its staff (or of its women), all when it is small."""

    least_share: Percent
    of: Literal["staff", "women"] = "staff"
    all_up_to: int | None = Field(None, ge=1, description="不超过此人数的单位须全员参加")


class Excludes(Rule):
    """Other plans (ids or families): those that a person cannot have beside this one, or must have one of."""

    plans: WordList


class GoesOn(Rule):
    """Cover goes on to the end of the term after such a change."""

    after: Annotated[list[Change], BeforeValidator(as_list, json_schema_input_type=Change | list[Change])]


class Gate(Rule):
    """A condition that must hold for a line to be paid (in `requires`) or must not (in `exclusions`)."""

    when: When
    name: Text | None = None


class Limit(Rule):
    """A limit of time: of filing, of reporting, or a window in which the event itself must lie."""

    what: Literal["filing", "reporting", "window"] = "filing"
    within: Span
    of: Literal["start", "discharge", "settlement", "accident", "cover_end"] | datetime.date


class BaseVariant(Rule):
    """Another set of components where the condition holds (not settled by insurance, an accident, a level …)."""

    when: When
    of: Annotated[list[Name], BeforeValidator(as_list, json_schema_input_type=Name | list[Name]), Field(min_length=1)]
    less: Annotated[list[Name], BeforeValidator(as_list, json_schema_input_type=Name | list[Name])] = Field(
        default_factory=list
    )


class Base(Rule):
    """What of the bill counts: components added, less components taken away, and a share of the result."""

    of: Annotated[list[Name], BeforeValidator(as_list, json_schema_input_type=Name | list[Name]), Field(min_length=1)]
    less: Annotated[list[Name], BeforeValidator(as_list, json_schema_input_type=Name | list[Name])] = Field(
        default_factory=list
    )
    variants: list[BaseVariant] = Field(default_factory=list, description="条件成立时改用的组成，取第一个成立的")
    share: PercentChoice | None = None
    name: Text
    collects: WordList | None = Field(None, description="期末一次结算：汇总本期这些类型事件的金额")


class Deductible(Rule):
    """Taken off the base, or with `threshold` reached before the base counts from its first yuan."""

    amount: YuanChoice
    per: Literal["stay", "period"] = "stay"
    threshold: bool = False
    name: Text | None = None


class Bracket(Part):
    """Amounts over `over` up to and including `up_to` (none: no end)."""

    over: Yuan
    up_to: Yuan | None = None
    rate: Percent | None = None
    sum: Yuan | None = None


class Table(Rule):
    """A flat rate or brackets, chosen by `when`."""

    when: When | None = None
    rate: Percent | None = None
    brackets: list[Bracket] | None = Field(None, min_length=1)
    mode: Literal["marginal", "whole", "steps"] = Field(
        "marginal", description="marginal 分段累进, whole 按所在档比例计全额, steps 每档定额"
    )


class TenureBonus(Rule):
    """Points more for each further period."""

    rate: Percent
    after: int = Field(1, ge=0, description="自第几期之后起")
    most: Percent


def _as_tables(value: object) -> object:
    return [{"rate": value}] if isinstance(value, str) else value


class Rate(Rule):
    """How much of the base is paid."""

    tables: Annotated[
        list[Table], BeforeValidator(_as_tables, json_schema_input_type=Percent | list[Table]), Field(min_length=1)
    ]
    per: Literal["stay", "period"] = Field("stay", description="按每次，或按本期累计")
    tenure_bonus: TenureBonus | None = None


class OneTable(Rule):
    """A rate of one table, written without `tables`."""

    rate: Percent | None = None
    brackets: list[Bracket] | None = Field(None, min_length=1)
    mode: Literal["marginal", "whole", "steps"] = "marginal"
    per: Literal["stay", "period"] = "stay"
    tenure_bonus: TenureBonus | None = None


def _as_rate(value: object) -> object:
    if isinstance(value, str):
        return {"tables": [{"rate": value}]}
    if isinstance(value, dict) and "tables" not in value:
        table = {key: value[key] for key in ("brackets", "mode", "rate") if key in value}
        if table:
            return {**{key: item for key, item in value.items() if key not in table}, "tables": [table]}
    return value


class DayCap(Rule):
    """At most so many days."""

    days: int = Field(ge=1, le=3660)
    per: Literal["stay", "period", "life"]


class Days(Rule):
    """An allowance per day in hospital or of rest."""

    per_day: YuanChoice
    of: Literal["stay", "rest"] = "stay"
    after: int = Field(0, ge=0, le=365, description="前几天不计")
    all_once_more: bool = Field(False, description="超过后从第一天起全计")
    both_ends: bool = Field(False, description="入院出院日都算（默认算入不算出）")
    within_cover: bool = Field(False, description="只计保障期内的天数")
    caps: list[DayCap] = Field(default_factory=list)


class TopUp(Part):
    """Pay only what is missing to the sum after what these benefits paid."""

    of: WordList
    per: Literal["period", "life"] = "period"


class Sum(Rule):
    """A lump sum per unit."""

    amount: YuanChoice
    ladder: list[Percent] | None = Field(None, min_length=10, max_length=10, description="1 至 10 级的给付比例")
    top_up: TopUp | None = None


class Formula(Part):
    """One of: base with rate (and deductible), days, sum."""

    base: Base | None = None
    deductible: Deductible | None = None
    rate: Annotated[Rate, BeforeValidator(_as_rate, json_schema_input_type=Percent | Rate | OneTable)] | None = None
    days: Days | None = None
    sum: Sum | None = None


class Cap(Rule):
    """At most this much per scope."""

    amount: YuanChoice
    per: Scope


class Once(Rule):
    """Paid once per scope; `upgrade` pays the difference to a greater later sum."""

    per: Literal["period", "life", "disease", "cause"]
    upgrade: bool = False


class ClaimCount(Rule):
    """At most so many paid claims per scope (of these benefits together; default: this one)."""

    most: int = Field(ge=1, le=1000)
    per: Literal["period", "life"] = "period"
    of: WordList | None = None


class Benefit(Formula, Rule):
    """One benefit (保障责任). Its lines answer to events of its `kinds`."""

    benefit: Id
    like: Id | None = Field(None, description="与同计划另一项相同，只写不同之处")
    name: Text | None = None
    kinds: WordList | None = None
    when: Trigger | None = None
    requires: list[Gate] = Field(default_factory=list)
    exclusions: list[Gate] = Field(default_factory=list)
    waiting: Waiting | None = None
    found_first: bool = Field(False, description="疾病须在参加后首次确诊")
    limits: list[Limit] = Field(default_factory=list)
    counts_on: Literal["start", "discharge", "settlement", "accident", "first_diagnosis"] | None = None
    greater_of: list[Formula] | None = Field(None, min_length=2)
    lesser_of: list[Formula] | None = Field(None, min_length=2)
    floor: Yuan | None = Field(None, description="每次最低给付")
    caps: list[Cap] = Field(default_factory=list)
    once: Once | None = None
    claims: ClaimCount | None = None
    indemnity: bool | None = Field(None, description="补偿性：不超过本人负担（默认有 base 即是）；false 关闭")
    order: list[Literal[MIDDLE_STEPS]] | None = Field(None, description="另定取整之后各步的次序")  # type: ignore[valid-type]


class SharedCap(Rule):
    """One cap over several benefits; in a combination, over several plans (`plans`, all when not named)."""

    name: Text | None = None
    benefits: WordList | None = None
    plans: WordList | None = None
    amount: YuanChoice
    per: Literal["stay", "day", "period", "life", "cause"] = "period"


class Exclusive(Rule):
    """Benefits that exclude each other: `first` come, `larger`, or only the `difference`."""

    benefits: Annotated[list[Id], Field(min_length=2)]
    per: Literal["stay", "cause", "disease", "period", "life"] = "period"
    rule: Literal["first", "larger", "difference"]


class StaysAsOne(Rule):
    """Stays that count as one: transfer, readmission within some days."""

    within_days: int = Field(ge=0, le=365)
    same_disease: bool = False


class LateFiled(Rule):
    """An event that began earlier and is filed after later ones: these stand, or it reopens them and counts before them."""

    earlier_stay: Literal["stands", "reopens"]


class Vocabulary(Part):
    """The office's own words."""

    enrol: Name = "参保"
    contribution: Name = "互助费"
    benefit: Name = "互助金"
    claim: Name = "申请"


class Document(Rule):
    """A plan, or a combination of plans (综合保障计划) when it has `combines`."""

    plan: Id
    family: Id
    status: Literal["published", "illustrative"]
    name: Text
    organiser: Text
    summary: Text | None = None
    vocabulary: Vocabulary = Vocabulary()
    sources: dict[Name, Source] = Field(default_factory=dict)
    price: list[Price] = Field(default_factory=list)
    payers: list[Payer] = Field(default_factory=list)
    term: Term
    who: list[Who] = Field(default_factory=list)
    retirement_ages: list[RetirementAge] = Field(default_factory=list)
    units: Units | None = None
    employer: list[EmployerRule] = Field(default_factory=list)
    excludes: Excludes | None = None
    on_top_of: Excludes | None = Field(None, description="须同时参加其一 / taken only beside one of these")
    goes_on: GoesOn | None = None
    waiting: Waiting | None = Field(None, description="各项待遇通用的等待期")
    limits: list[Limit] = Field(default_factory=list, description="各项待遇通用的时限")
    exclusions: list[Gate] = Field(default_factory=list, description="各项待遇通用的除外情形")
    calendar: Literal["china"] = "china"
    lists: dict[Name, DiseaseList] = Field(default_factory=dict)
    stays_as_one: StaysAsOne | None = None
    late_filed: LateFiled | None = Field(None, description="较早的住院申请得晚时 / an earlier stay that is filed late")
    benefits: list[Benefit] = Field(default_factory=list)
    shared_caps: list[SharedCap] = Field(default_factory=list)
    exclusive: list[Exclusive] = Field(default_factory=list)
    combines: list[Id] | None = Field(None, min_length=2, description="组合的单项计划 / single plans that it combines")
