"""The sheets of a take-over and their columns: what they are called in files, and what is explained. Plain data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from mutualaid.enrolment.roster.columns import EMPLOYMENTS, INSURANCES, KINDS, SEXES


@dataclass(frozen=True)
class Column:
    """``field``: its name in what was told; ``also``: headers that mean the same; ``choices``: words of a drop-down; ``exact``:
    digits that a spreadsheet would shorten; ``personal``: masked on pages."""

    field: str
    zh: str
    also: tuple[str, ...] = ()
    hint: str = ""
    needed: bool = False
    choices: tuple[str, ...] = ()
    exact: bool = False
    personal: bool = False
    example: str = ""
    width: int = 16

    @property
    def en(self) -> str:
        """What an English file may call it: the first such header of ``also``, else the name of the field."""
        english = [name for name in self.also if name.isascii()]
        return (english[0] if english else self.field.replace("_", " ")).capitalize()


@dataclass(frozen=True)
class Sheet:
    """``word``: its name in the program; ``zh``: that of the sheet; ``about``: what it is for."""

    word: str
    zh: str
    also: tuple[str, ...]
    about: str
    columns: tuple[Column, ...]

    @property
    def fields(self) -> dict[str, Column]:
        """Columns by field."""
        return {column.field: column for column in self.columns}


def _day(field: str, zh: str, *also: str, hint: str = "", needed: bool = False, example: str = "") -> Column:
    return Column(field, zh, also, hint or "如 2025-07-01", needed, example=example)


def _amount(field: str, zh: str, *also: str, hint: str = "", needed: bool = False, example: str = "") -> Column:
    return Column(field, zh, also, hint or "元，最多两位小数", needed, example=example)


_KIND = Column(
    *("identity_kind", "证件种类", ("证件类型", "identity kind")),
    hint="空白视为居民身份证",
    choices=tuple(KINDS),
    example="居民身份证",
    width=20,
)
_NUMBER = Column(
    *("identity_number", "证件号码", ("身份证号", "身份证号码", "证件号", "identity number", "id number")),
    hint="本列为文本格式；居民身份证 18 位",
    needed=True,
    exact=True,
    personal=True,
    example="11010119000101000X",
    width=24,
)
_WHO = (_KIND, _NUMBER)
_UNIT = Column(
    *("unit", "单位编码", ("单位代码", "单位号", "统一社会信用代码", "unit", "employer")),
    hint="“单位”表中的单位编码，或统一社会信用代码",
    needed=True,
    exact=True,
    example="D0001",
)
_PLAN = Column(
    *("plan", "计划", ("计划编号", "保障计划", "险种", "产品", "plan")),
    hint="本系统的计划编号、计划名称，或“计划对照”表中的旧名称",
    needed=True,
    example="在职住院",
    width=26,
)

PLANS = Sheet(
    "plans",
    "计划对照",
    ("plan names", "险种对照"),
    "旧系统的计划名称对应本系统哪一个计划版本。名称本来就相同的不必写。",
    (
        Column(
            "old", "旧计划名称", ("旧名称", "old plan"), "旧系统里的名称或代码", True, example="示例·在职住院", width=26
        ),
        Column(
            "plan",
            "计划编号",
            ("新计划编号", "plan id"),
            "本系统已发布的计划编号",
            True,
            example="hainan-period-2",
            width=26,
        ),
    ),
)
UNITS = Sheet(
    "units",
    "单位",
    ("用人单位", "units", "employers"),
    "旧系统里的单位。统一社会信用代码已在本系统登记的，不再新建。",
    (
        Column(
            "unit",
            "单位编码",
            ("单位代码", "单位号", "unit"),
            "旧系统的编码，其他表用它指向单位",
            True,
            exact=True,
            example="D0001",
        ),
        Column(
            "name", "单位名称", ("名称", "工会名称", "name"), "基层工会全称", True, example="示例·机械厂工会", width=30
        ),
        Column(
            *("credit_code", "统一社会信用代码", ("信用代码", "credit code")),
            hint="18 位；基层工会必填",
            exact=True,
            example="91450500MA5K00001X",
            width=24,
        ),
        Column(
            *("level", "层级", ("级别", "level")),
            hint="空白视为基层工会",
            choices=("基层工会", "县区", "产业"),
            example="基层工会",
        ),
        Column("parent", "上级编码", ("上级单位", "parent"), "本系统或本表的机构编码；空白视为接管机构", exact=True),
        Column("headcount", "职工人数", ("人数", "headcount"), "整数；空白视为 1", example="120"),
        Column("contact_name", "联系人", ("经办人", "contact"), "基层工会必填", example="周一帆"),
        Column(
            "contact_phone",
            "联系电话",
            ("手机号码", "联系手机", "phone"),
            "手机号码",
            exact=True,
            personal=True,
            example="13900000000",
        ),
    ),
)
MEMBERS = Sheet(
    "members",
    "会员",
    ("职工", "人员", "members"),
    "每人一行，含在哪个单位工作。证件号码已在本系统登记的，不再新建。",
    (
        Column("name", "姓名", ("职工姓名", "name"), "按证件填写", True, example="示例·林晓禾"),
        *_WHO,
        Column("sex", "性别", ("sex", "gender"), "仅护照须填", choices=tuple(SEXES), width=8),
        _day("birth_date", "出生日期", "birth date", hint="仅护照和旧版外国人永久居留证须填"),
        Column("phone", "手机号码", ("手机", "手机号", "phone"), exact=True, personal=True, example="13900000000"),
        Column("bank_card", "银行卡号", ("银行账号", "银行卡", "bank card"), exact=True, personal=True, width=24),
        _UNIT,
        _day("employed_on", "入职日期", "任职日期", "employed on", hint="空白视为接管基准日"),
        _day("left_on", "离职日期", "left on", hint="已离职的填最后工作日的次日；在职的留空"),
    ),
)
COVERS = Sheet(
    "covers",
    "参保",
    ("参保记录", "保障", "covers"),
    "每人每期一行，连同从何时起连续参加。已退保、未缴费的不接管。",
    (
        *_WHO,
        _UNIT,
        _PLAN,
        Column("option", "参加档次", ("档次", "option"), "计划分档次的必填"),
        Column("risk_class", "职业类别", ("风险类别", "risk class"), "计划分类别的必填"),
        Column("units", "参加份数", ("份数", "units"), "空白视为 1", example="1", width=10),
        _day("from_on", "起始日", "起始日期", "生效日期", "保障起期", "from", needed=True, example="2025-03-01"),
        _day(
            "last_on",
            "最后一日",
            "终止日期",
            "到期日",
            "保障止期",
            "last day",
            hint="保障的最后一天（含）",
            example="2026-02-28",
        ),
        _day("until_on", "终止日不含", "失效日", "until", hint="保障结束的次日；与“最后一日”二者填一"),
        _day("joined_on", "连续参加首日", "首次参保日", "joined on", hint="等待期由此起算；空白同起始日"),
        Column(
            "periods", "连续期数", ("连续参保期数", "consecutive periods"), "含本期；空白视为 1", example="1", width=10
        ),
        Column(
            "employment",
            "职工身份",
            ("用工身份", "employment"),
            "空白视为在职",
            choices=tuple(EMPLOYMENTS),
            example="在职",
        ),
        Column(
            "basic_insurance",
            "基本医保",
            ("医保种类", "basic insurance"),
            choices=tuple(INSURANCES),
            example="职工医保",
        ),
        Column("groups", "人群", ("所属人群", "groups"), "几种的用“、”分隔"),
        _amount("fee", "互助费", "保费", "缴费金额", "fee"),
        Column(
            "state",
            "状态",
            ("参保状态", "state"),
            "空白视为有效；已退保、待缴费的不接管",
            choices=("有效", "已到期", "已退保", "待缴费"),
            example="有效",
        ),
    ),
)
USED = Sheet(
    "used",
    "已用额度",
    ("累计", "期初累计", "consumption"),
    "旧系统里已经用掉的额度和次数。引擎从这里接着算。",
    (
        *_WHO,
        _PLAN,
        Column(
            "benefit",
            "待遇",
            ("保障责任", "benefit"),
            "计划中的待遇编号或名称；“本期住院次数”留空；“组合合计已付金额”填合计限额的名称，只有一个的留空",
            example="inpatient",
        ),
        Column(
            "what",
            "项目",
            ("累计项目", "counter"),
            "见说明。组合计划：各待遇的“本期已付金额”自动计入组合的合计限额；只知道合计的，写“组合合计已付金额”，排在各待遇之后",
            True,
            example="本期已付金额",
            width=20,
        ),
        Column("value", "数额", ("数值", "金额或次数", "value"), "金额（元）或次数、天数", True, example="1200.00"),
        _day(
            "period_on", "本期起始日", "保障起期", "period from", hint="“本期…”的填该期起始日；空白视为该会员最近一期"
        ),
        Column("disease", "病种", ("病名", "disease"), "“病种…”的必填，按计划所列名称"),
        _day("last_on", "最近一次日期", "末次日期", "last use", hint="可空"),
    ),
)
ONCE = Sheet(
    "once",
    "一次性待遇",
    ("一次性给付", "lump sums"),
    "终身或每种疾病只付一次、且已经付过的待遇。付过的不会再付。",
    (
        *_WHO,
        _PLAN,
        Column("benefit", "待遇", ("保障责任", "benefit"), "计划中的待遇编号或名称", True, example="critical"),
        Column("disease", "病种", ("病名", "disease"), "每种疾病一次的必填，按计划所列名称"),
        _amount("amount", "已付金额", "金额", "amount", needed=True, example="10000.00"),
        _day("paid_on", "支付日期", "付款日期", "paid on"),
    ),
)
CLAIMS = Sheet(
    "claims",
    "未结案件",
    ("在办案件", "未决案件", "open claims"),
    "旧系统受理了、还没有决定的案件。接管后按旧的申请先后理算，并由审核人员审核。",
    (
        Column(
            "old_number",
            "旧案号",
            ("案件编号", "案号", "old number"),
            "每案一个",
            True,
            exact=True,
            example="A2025-0001",
        ),
        *_WHO,
        Column(
            "kind",
            "事件",
            ("事件种类", "kind"),
            needed=True,
            choices=("住院", "门诊", "门诊慢特病", "确诊", "伤残", "身故"),
            example="住院",
        ),
        _day("started_on", "开始日期", "入院日期", "事件日期", "started on", needed=True, example="2025-05-01"),
        _day("ended_on", "结束日期", "出院日期", "ended on", hint="住院的必填", example="2025-05-09"),
        _day("settled_on", "结算日期", "settled on"),
        _day("filed_on", "申请日期", "受理日期", "filed on", needed=True, example="2025-05-20"),
        Column("hospital", "医院", ("医院名称", "hospital"), example="示例医院", width=24),
        Column("hospital_level", "医院等级", ("等级", "hospital level"), "1、2、3", choices=("1", "2", "3"), width=10),
        Column("diagnoses", "诊断编码", ("疾病编码", "diagnoses"), "ICD-10；几个的用“、”分隔"),
        Column("accident", "意外伤害", ("是否意外", "accident"), choices=("是", "否"), width=10),
        _amount("total", "总费用", "医疗费总额", "total", example="12000.00"),
        _amount("fund_paid", "统筹基金支付", "统筹支付", "fund paid", example="8200.00"),
        _amount("basic_deductible", "起付线", "basic deductible", example="800.00"),
        _amount("copay", "统筹段自付", "比例自付", "copay", example="3000.00"),
        _amount("self_paid", "个人自付", "self paid", example="3800.00"),
        _amount("out_of_scope", "目录外费用", "自费", "out of scope", example="0.00"),
        Column("payee_name", "收款人", ("户名", "payee")),
        Column("account_number", "收款账号", ("账号", "account"), exact=True, personal=True, width=24),
        Column("bank_name", "开户银行", ("开户行", "bank")),
        Column("stage", "阶段", ("状态", "stage"), needed=True, choices=("待审核", "待补材料"), example="待审核"),
        Column("wanted", "待补内容", ("缺少材料", "papers wanted"), "“待补材料”的填缺什么", width=30),
    ),
)
PAYABLES = Sheet(
    "payables",
    "应付",
    ("应付互助金", "payables"),
    "旧系统已核准、尚未支付的互助金。接管后成为支付单，由财务支付。",
    (
        Column(
            "old_number", "旧单号", ("案号", "旧案号", "old number"), "每笔一个", True, exact=True, example="P2025-0001"
        ),
        *_WHO,
        _PLAN,
        _day(
            "period_on",
            "本期起始日",
            "保障起期",
            "period from",
            hint="互助金属于哪一期",
            needed=True,
            example="2025-03-01",
        ),
        _amount("amount", "应付金额", "金额", "amount", needed=True, example="2600.00"),
        Column("payee_name", "收款人", ("户名", "payee"), needed=True, example="示例·林晓禾"),
        Column("account_number", "收款账号", ("账号", "account"), needed=True, exact=True, personal=True, width=24),
        Column("bank_name", "开户银行", ("开户行", "bank"), needed=True, example="示例银行"),
    ),
)
ACCOUNTS: Mapping[str, str] = {
    "银行存款": "1002.01",
    "支付渠道在途": "1012.01",
    "应收互助费": "1121.01",
    "应补支付服务费": "1122.02",
    "应付互助金": "2202.01",
    "预收互助费": "2203.01",
    "暂收款": "2209.01",
    "应付退款": "2209.02",
    "限定性净资产": "3102.01",
}
"""Accounts of the chart that may have an opening balance."""
BALANCES = Sheet(
    "balances",
    "基金余额",
    ("科目余额", "余额", "balances"),
    "接管基准日零时互助专户的账。资产合计须等于负债与净资产合计；“应付互助金”须与“应付”表一致。",
    (
        Column("account", "科目", ("会计科目", "account"), needed=True, choices=tuple(ACCOUNTS), example="银行存款"),
        Column(
            "plan",
            "计划",
            ("计划编号", "plan"),
            "应收、应付、预收互助费必填；限定性净资产按计划分行，不属于任何计划的留空",
            example="示例·在职住院",
            width=26,
        ),
        _day("period_on", "本期起始日", "保障起期", "period from"),
        _day("period_last_on", "本期最后一日", "保障止期", "period last day"),
        Column("unit", "单位编码", ("单位代码", "unit"), "应收、预收互助费和应付退款须填", exact=True),
        Column("channel", "支付渠道", ("渠道", "channel"), "支付渠道在途须填：本系统配置的渠道名称，如 微信支付"),
        _day(
            "channel_day",
            "对账日",
            "渠道账单日",
            "channel day",
            hint="支付渠道在途须填：每渠道每日一行，应结算金额（已扣服务费）",
        ),
        _amount(
            "amount", "余额", "金额", "amount", hint="元；按该科目的正常方向为正数", needed=True, example="500000.00"
        ),
    ),
)
CONTROLS: Mapping[str, tuple[str, str, bool]] = {
    "units": ("单位数", "Units", False),
    "members": ("会员人数", "Members", False),
    "covers": ("参保人次", "Covers", False),
    "used_amount": ("本期已付金额合计", "Paid in the running period", True),
    "combined_amount": ("组合合计限额已用合计", "Used up of caps shared in combinations", True),
    "once_amount": ("一次性待遇金额合计", "Once-only benefits paid", True),
    "claims": ("未结案件数", "Open claims", False),
    "payables_amount": ("应付金额合计", "Payables", True),
    "bank_amount": ("银行存款余额", "Bank balance", True),
}
"""Control totals: by word their name in two languages, and whether they are yuan."""
TOTALS = Sheet(
    "totals",
    "核对",
    ("核对数", "合计", "control totals"),
    "旧系统自己报表上的合计。核对时逐项比较，接管后再从本系统的表里重新合计一次。",
    (
        Column(
            "what",
            "项目",
            ("名称", "what"),
            needed=True,
            choices=tuple(zh for zh, _, _ in CONTROLS.values()),
            example="会员人数",
            width=24,
        ),
        Column("value", "数值", ("合计", "数额", "value"), "人数、笔数或元", True, example="1"),
    ),
)

SHEETS = (PLANS, UNITS, MEMBERS, COVERS, USED, ONCE, CLAIMS, PAYABLES, BALANCES, TOTALS)
"""In the order in which they are checked: what is pointed to comes first."""
BY_WORD: Mapping[str, Sheet] = {sheet.word: sheet for sheet in SHEETS}
APPLIED = ("units", "members", "covers", "used", "once", "claims", "payables", "balances")
"""Sheets whose rows become something, in that order."""


def plain(text: str) -> str:
    """A header or a name of a sheet without marks, spaces and what stands in brackets."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"\(.*?\)|[\s*:：_\-]", "", folded)


def sheet_named(name: str) -> Sheet | None:
    """The sheet that a name means; of a file in a folder its name without folders and ending."""
    return _NAMES.get(plain(re.split(r"[/\\]", name)[-1].removesuffix(".csv").removesuffix(".CSV")))


def field_of(sheet: Sheet, header: str) -> str | None:
    """The field that a header of a sheet means."""
    return _HEADERS[sheet.word].get(plain(header))


_NAMES = {plain(name): sheet for sheet in SHEETS for name in (sheet.zh, sheet.word, *sheet.also)}
_HEADERS = {
    sheet.word: {
        plain(name): column.field for column in sheet.columns for name in (column.zh, column.field, *column.also)
    }
    for sheet in SHEETS
}
