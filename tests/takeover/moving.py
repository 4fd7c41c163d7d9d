"""What the tests of take-overs share: an office that moves over, two plans, and files as the old system gave them."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from mutualaid.contributions.actions.bills import open_fund
from mutualaid.contributions.models import Fund
from mutualaid.core.actors import Actor
from mutualaid.core.work import run_waiting
from mutualaid.people.models import RoleName, Staff
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.reading import read_document
from mutualaid.takeover.actions.bringing import ask_to_apply, sign_takeover, submit_takeover, upload_takeover
from mutualaid.takeover.columns import BY_WORD
from mutualaid.takeover.models import Takeover, TakeoverRow
from tests.people.cast import BY, Cast, as_staff, cast, credit_code, resident_id, staff

PLANS = Path(__file__).parents[2] / "plans"
AT = datetime.datetime(2025, 3, 1, 1, 30, tzinfo=datetime.UTC)
CUTOVER = datetime.date(2019, 7, 1)
FROM, LAST = "2017-03-01", "2020-02-29"
PERIOD = {"计划": "在职住院", "本期起始日": FROM, "本期最后一日": LAST}
FACTORY = {
    "单位编码": "D1", "单位名称": "晨光机械厂工会", "统一社会信用代码": credit_code(77), "职工人数": "120",
    "联系人": "周一帆", "联系电话": "13900000077",
}  # fmt: skip
NAMES = ("林小禾", "尉迟小安", "司马清和", "欧阳一舟", "段木兰", "慕容雪")
BIRTH = "19800505"

Sheets = Mapping[str, Sequence[Mapping[str, Any]]]


def number(place: int) -> str:
    """The invented number of a woman of the file."""
    return resident_id(birth=BIRTH, order=102 + 2 * place)


def members(count: int, **more: Any) -> list[dict[str, Any]]:
    """Rows of 会员."""
    return [
        {
            "姓名": NAMES[place % len(NAMES)],
            "证件号码": number(place),
            "单位编码": "D1",
            "入职日期": "2015-01-01",
            **more,
        }
        for place in range(count)
    ]


def covers(count: int, **more: Any) -> list[dict[str, Any]]:
    """Rows of 参保 in Hainan's second term."""
    row = {
        "单位编码": "D1", "计划": "在职住院", "起始日": FROM, "最后一日": LAST, "连续参加首日": "2014-03-01",
        "连续期数": "2", "职工身份": "在职", "基本医保": "职工医保", "状态": "有效",
    }  # fmt: skip
    return [{"证件号码": number(place), **row, **more} for place in range(count)]


def whole() -> dict[str, list[dict[str, Any]]]:
    """A file with something in every sheet."""
    who = {"证件号码": number(0), "计划": "在职住院"}
    return {
        "plans": [{"旧计划名称": "在职住院", "计划编号": "hainan-period-2"}],
        "units": [dict(FACTORY)],
        "members": members(4),
        "covers": [*covers(3), *covers(1, 计划="cwmia-women-8", 起始日="2017-05-01", 最后一日="2020-04-30")],
        "used": [
            {**who, "待遇": "inpatient", "项目": "本期已付金额", "数额": "47500.00", "最近一次日期": "2018-12-20"},
            {**who, "待遇": "住院补助", "项目": "本期次数", "数额": "2"},
        ],
        "once": [
            {
                "证件号码": number(0), "计划": "cwmia-women-8", "待遇": "womens_illness", "已付金额": "10000.00",
                "支付日期": "2018-01-05",
            }
        ],
        "claims": [
            claim("A2", 1, "2019-06-20", stage="待补材料", wanted="出院记录"),
            claim("A1", 1, "2019-06-10", started="2019-04-01", ended="2019-04-11"),
        ],
        "payables": [
            {
                **who, "旧单号": "P1", "本期起始日": FROM, "应付金额": "2600.00", "收款人": NAMES[0],
                "收款账号": "6222020000001234567", "开户银行": "海市银行",
            }
        ],
        "balances": [
            {"科目": "银行存款", "余额": "500000.00"},
            {"科目": "应付互助金", **PERIOD, "余额": "2600.00"},
            {"科目": "预收互助费", **PERIOD, "单位编码": "D1", "余额": "1500.00"},
            {"科目": "限定性净资产", "余额": "495900.00"},
        ],
        "totals": [
            {"项目": "单位数", "数值": "1"}, {"项目": "会员人数", "数值": "4"}, {"项目": "参保人次", "数值": "4"},
            {"项目": "本期已付金额合计", "数值": "47500.00"}, {"项目": "一次性待遇金额合计", "数值": "10,000.00"},
            {"项目": "未结案件数", "数值": "2"}, {"项目": "应付金额合计", "数值": "2600"},
            {"项目": "银行存款余额", "数值": "500000"},
        ],
    }  # fmt: skip


def claim(
    old: str, place: int, filed: str, *, started: str = "2019-06-01", ended: str = "2019-06-11", stage: str = "待审核",
    wanted: str = "",
) -> dict[str, Any]:  # fmt: skip
    """A row of 未结案件."""
    return {
        "旧案号": old, "证件号码": number(place), "事件": "住院", "开始日期": started, "结束日期": ended, "申请日期": filed,
        "医院": "海市人民医院", "起付线": "800.00", "统筹段自付": "5200.00", "个人自付": "6000.00", "阶段": stage,
        "待补内容": wanted,
        "收款人": NAMES[1], "收款账号": "6222020000007654321", "开户银行": "海市银行",
    }  # fmt: skip


def workbook(sheets: Sheets, *, names: Mapping[str, str] | None = None, write: Any = None) -> bytes:
    """An ``.xlsx`` with these rows, by header; ``names``: other names of sheets; ``write``: told each page, to add something."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    for word, rows in sheets.items():
        page = book.add_worksheet((names or {}).get(word, BY_WORD[word].zh))
        headers = [column.zh for column in BY_WORD[word].columns]
        for place, header in enumerate(headers):
            page.write_string(0, place, header)
        for line, row in enumerate(rows, start=1):
            for header, cell in row.items():
                place = headers.index(header)
                page.write_string(line, place, cell) if isinstance(cell, str) else page.write(line, place, cell)
        if write is not None:
            write(word, page)
    book.close()
    return target.getvalue()


def library_version(office: Any, plan: str) -> PlanVersion:
    """A plan of the library, published by an office."""
    text = (PLANS / f"{plan}.yaml").read_text()
    document = read_document(PLANS / f"{plan}.yaml").document
    return PlanVersion.objects.create(
        office=office,
        plan=plan,
        family=document.family,
        name_zh=document.name.zh,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        state="published",
        drafted_at=AT,
        published_at=AT,
        offered_from_on=datetime.date(2017, 1, 1),
    )


@dataclass
class Moving:
    """The cast, the city's fund, two plans, who brings files and who signs."""

    cast: Cast
    fund: Fund
    bringer: Staff
    signer: Staff
    cutover_on: datetime.date = CUTOVER

    @property
    def by(self) -> Actor:
        """Who brings."""
        return as_staff(self.bringer)

    @property
    def by_signer(self) -> Actor:
        """Who signs."""
        return as_staff(self.signer)

    def upload(self, sheets: Sheets | bytes, *, name: str = "接管.xlsx", **controls: str) -> Takeover:
        """A file, checked."""
        content = sheets if isinstance(sheets, bytes) else workbook(sheets)
        made = upload_takeover(
            office=self.cast.city,
            content=content,
            name=name,
            cutover_on=self.cutover_on,
            controls=controls,
            by=self.by,
            at=AT,
        )
        run_waiting()
        return Takeover.objects.select_related("office", "file").get(pk=made.pk)

    def signed(self, sheets: Sheets) -> Takeover:
        """Checked, submitted and signed."""
        takeover = self.upload(sheets)
        assert not takeover.report["faults"], faults_of(takeover)
        submitted = submit_takeover(takeover=takeover, by=self.by, at=AT)
        return sign_takeover(takeover=submitted, by=self.by_signer, at=AT)

    def applied(self, sheets: Sheets) -> Takeover:
        """All of it."""
        ask_to_apply(takeover=self.signed(sheets), by=self.by, at=AT)
        run_waiting()
        return Takeover.objects.latest("id")


def faults_of(takeover: Takeover) -> list[tuple[str, int, str, str]]:
    """Sheet, line, field and words of each fault."""
    return [
        (row.sheet, row.line, one["field"], one["zh"])
        for row in TakeoverRow.objects.filter(takeover=takeover).order_by("sheet", "line")
        for one in row.faults
    ]


def told_of(row: TakeoverRow) -> dict[str, str]:
    """What is written in a row."""
    return dict(json.loads(row.content)["told"])


def moving() -> Moving:
    """The scene in a fresh database."""
    people = cast()
    for plan in ("hainan-period-2", "cwmia-women-8"):
        library_version(people.province, plan)
    fund = open_fund(
        unit=people.city,
        account_name="海市职工互助保障专户",
        account_number="6222000011112222",
        bank_name="海市银行",
        by=BY,
        at=AT,
    )
    return Moving(
        people,
        fund,
        bringer=staff("参保甲", people.city, RoleName.ENROLMENT_CLERK),
        signer=staff("财务乙", people.city, RoleName.FINANCE),
    )


made = moving
