"""The columns of a roster: what they are called in workbooks, and the words that stand in them. Plain data."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mutualaid.people.identity import IdentityKind


@dataclass(frozen=True)
class Column:
    """``field`` is its name in what was told of a person; ``also`` are headers that mean the same; ``hint`` what Excel shows."""

    field: str
    zh: str
    also: tuple[str, ...]
    hint: str
    needed: bool = False
    width: int = 14
    asked: bool = True
    """Whether it is there whatever the plan asks."""


COLUMNS = (
    Column(
        "name",
        "姓名",
        (
            "职工姓名",
            "员工姓名",
            "人员姓名",
            "会员姓名",
            "参保人姓名",
            "参加人姓名",
            "被保障人姓名",
            "name",
            "full name",
        ),
        "按证件填写；少数民族姓名用“·”分隔",
        needed=True,
    ),
    Column(
        *(
            "identity_kind",
            "证件种类",
            (
                "证件类型",
                "证件类别",
                "身份证件种类",
                "身份证件类型",
                "身份证件类别",
                "identity kind",
                "id type",
                "document",
            ),
        ),
        hint="从下拉框选择；空白视为居民身份证",
        width=20,
    ),
    Column(
        *("identity_number", "证件号码"),
        (
            *("身份证号", "身份证号码", "身份证", "证件号", "证件编号", "身份证件号码", "身份证件号", "公民身份号码"),
            *(
                "公民身份证号码",
                "居民身份证号码",
                "居民身份证号",
                "二代身份证号",
                "identity number",
                "id card",
                "id number",
                "id no",
            ),
        ),
        hint="本列为文本格式；居民身份证 18 位，末位可为 X",
        needed=True,
        width=24,
    ),
    Column("sex", "性别", ("sex", "gender"), "仅护照须填（男 / 女）；其他证件由号码得出", width=8),
    Column(
        *("birth_date", "出生日期", ("出生年月日", "生日", "birth date", "date of birth")),
        hint="仅护照和旧版外国人永久居留证须填，如 1988-06-07",
    ),
    Column(
        "phone",
        "手机号码",
        ("手机", "手机号", "联系电话", "联系手机", "移动电话", "本人手机号码", "本人手机号", "phone", "mobile"),
        "内地 11 位；港澳台加 +852 等",
        width=16,
    ),
    Column(
        *("bank_card", "银行卡号", ("银行账号", "银行卡", "银行卡卡号", "本人银行卡号", "bank card", "bank account")),
        hint="本列为文本格式；12–19 位，用于收款",
        width=24,
    ),
    Column("units", "参加份数", ("份数", "参保份数", "投保份数", "units"), "空白视为 1 份", width=10),
    Column("employment", "职工身份", ("用工身份", "employment"), "从下拉框选择；空白视为在职", asked=False),
    Column("basic_insurance", "基本医保", ("医保种类", "basic insurance"), "从下拉框选择", asked=False),
    Column("option", "参加档次", ("档次", "option"), "从下拉框选择", asked=False),
    Column("risk_class", "职业类别", ("风险类别", "risk class"), "从下拉框选择", asked=False),
    Column(
        "package_group",
        "参保组",
        ("组别", "职工组", "package group"),
        "综合保障计划的职工组；留空按规则归组",
        asked=False,
    ),
    Column("groups", "人群", ("所属人群", "groups"), "本计划规定的人群；属于几种的用“、”分隔", asked=False),
)
BY_FIELD: Mapping[str, Column] = {column.field: column for column in COLUMNS}
FIELDS = tuple(column.field for column in COLUMNS)

KINDS: Mapping[str, IdentityKind] = {
    "居民身份证": IdentityKind.RESIDENT,
    "港澳台居民居住证": IdentityKind.HKMT_RESIDENCE,
    "外国人永久居留身份证": IdentityKind.FOREIGN_RESIDENCE,
    "护照": IdentityKind.PASSPORT,
}
SEXES: Mapping[str, str] = {"男": "M", "女": "F"}
EMPLOYMENTS: Mapping[str, str] = {
    "在职": "in_service",
    "退休": "retired",
    "灵活就业": "flexible",
    "新就业形态": "gig",
}
INSURANCES: Mapping[str, str] = {"职工医保": "employee", "居民医保": "resident", "未参加": "none"}

_MORE: Mapping[str, Mapping[str, str]] = {
    "identity_kind": {
        "身份证": "居民身份证",
        "二代身份证": "居民身份证",
        "resident id": "居民身份证",
        "外国人永久居留证": "外国人永久居留身份证",
        "passport": "护照",
        **{kind.value: zh for zh, kind in KINDS.items()},
    },
    "sex": {"male": "男", "female": "女", "m": "男", "f": "女", "男性": "男", "女性": "女"},
    "employment": {"在职职工": "在职", **{code: zh for zh, code in EMPLOYMENTS.items()}},
    "basic_insurance": {
        "职工基本医疗保险": "职工医保",
        "城镇职工": "职工医保",
        "城乡居民": "居民医保",
        **{code: zh for zh, code in INSURANCES.items()},
    },
}


@functools.lru_cache(maxsize=10_000)
def said(field: str, text: str) -> str:
    """A word of a drop-down as it is kept, from one that means the same."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return _MORE.get(field, {}).get(plain.lower(), plain)


def header(text: str) -> str | None:
    """The field that a header names: spaces, marks and what stands in brackets do not count."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = re.sub(r"\(.*?\)|\[.*?\]|【.*?】|[\s*:：_★●\-\u200b-\u200f\ufeff]", "", plain)
    plain = re.sub(r"^[0-9]{1,2}[.、]", "", plain)
    return _HEADERS.get(plain)


_HEADERS = {
    re.sub(r"[\s_\-]", "", word.lower()): column.field
    for column in COLUMNS
    for word in (column.zh, column.field, *column.also)
}


def columns_for(needs: Collection[str]) -> list[Column]:
    """The columns of a template for a plan that asks these facts."""
    return [column for column in COLUMNS if column.asked or column.field in needs]
