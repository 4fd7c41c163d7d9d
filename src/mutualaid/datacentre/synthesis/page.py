"""The page that goes with an invented union: that it is invented, how it was made, and what to know before using it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mutualaid.datacentre.synthesis import calibration as c

if TYPE_CHECKING:
    from mutualaid.datacentre.synthesis.union import Union


def page(union: Union, rows: int, events: int, employers: int, faults: Mapping[str, int]) -> str:
    """README.md of the folder, Chinese first. No date and no machine in it: the same union, the same page."""
    plans = "、".join(f"`{offer.plan}`" for offer in union.offers)
    bad = sum(faults.values())
    share = f"{union.bad // 10_000}.{union.bad % 10_000:04d}".rstrip("0").rstrip(".")
    kinds = "\n".join(f"| `{name}` | {count} |" for name, count in faults.items() if count)
    listed = f"## 坏记录 · Bad records\n\n| 错误 · fault | 案数 · cases |\n|---|---:|\n{kinds}\n" if bad else ""
    return f"""# 合成数据 · Synthetic data

**本文件夹的数据全部是虚构的**：没有一个人、一个单位、一张票据是真的。证件号码校验码有效，但由程序编造，
与真实号码相同纯属巧合；姓名由姓氏和干支组成。不得当作真实情况引用，也不得用来推断任何人、任何单位。

**Everything in this folder is invented**: no person, employer or bill in it is real. The identity numbers have valid check
digits but were made up; any likeness is chance. The names are a surname and a stem and branch of the calendar. Do not
quote the data as facts, and do not infer anything about anyone from them.

| | |
|---|---|
| 会员 · members | {union.members:,} |
| 年度 · year | {union.year} |
| 计划 · plans | {plans} |
| 随机种子 · seed | {union.seed} |
| 单位 · employers | {employers:,} |
| 案例的行 · rows of cases | {rows:,} |
| 事件 · events | {events:,} |
| 坏记录 · bad cases | {bad:,}（{share}%） |

| 文件 · File | 内容 · What it holds |
|---|---|
| `cases.parquet` | 案例，列式：每人一案，第 k 行是第 k 个参保和第 k 个事件 · cases as flat columns, one case per member |
| `cases.jsonl` | 同样的案例，每行一案（用 `--jsonl` 才有） · the same cases, one a line, with `--jsonl` only |
| `members.parquet` | 案号、证件号、姓名、单位 · case, identity number, name, employer |
| `employers.parquet` | 单位：行业、人数、女职工、风险、地区 · employers by industry, size, women, risk, region |
| `bad.csv` | 每个坏案例的案号和错误 · the case and the fault of each bad record |

## 怎样生成 · How it was made

单位按行业和规模抽取，会员按单位抽取，参保按计划文件的条件、期限、份数和档次安排；住院、意外、伤残、身故、确诊、
门诊慢特病按年龄、性别、行业抽取；账单总额是对数正态分布加帕累托尾部，再分给各方，等式精确到分；会员是否申请
随自付金额而变。每 100,000 名会员一组，各用自己的随机数发生器，同样的种子得到同样的数据。

Employers are drawn by industry and size, members by employer; covers follow what the plans say of conditions, terms, units
and options; stays, accidents, disability, deaths, diagnoses and outpatient visits go by age, sex and industry; a bill is
lognormal with a Pareto tail and is divided so that every identity holds to the fen; whether a member files depends on what
is left to pay. Each 100,000 members have a random generator of their own; the same seed gives the same data.

## 校准 · Calibration

住院频率和账单中位数按北海市公布的一个年度拟合：{c.PUBLISHED_MEMBERS:,} 名会员、{c.PUBLISHED_PAYMENTS:,} 次给付、
{c.PUBLISHED_YUAN:,} 元（计划 `guangxi-huzhubao-1-2025`）。其余分布由我们选定；其他计划、人数和年度没有校准。
结果从不事后按比例调整。

The frequency of stays and the median bill are fitted to one published year of Beihai: {c.PUBLISHED_MEMBERS:,} members,
{c.PUBLISHED_PAYMENTS:,} payments, {c.PUBLISHED_YUAN:,} yuan, under the plan `guangxi-huzhubao-1-2025`. All other distributions
were chosen by us; other plans, sizes and years are not calibrated. Results are never scaled afterwards.

{listed}"""
