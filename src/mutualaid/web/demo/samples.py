"""Files to take along on the way through the story: a stamped form, a filled roster with faults, a bank statement."""

from __future__ import annotations

import csv
import datetime
import io

from mutualaid.contributions.models import Bill, Fund
from mutualaid.core.documents import compiled
from mutualaid.core.money import shown
from mutualaid.web.demo.cast import NEW_MEMBER
from mutualaid.web.demo.drawing import Row, credit_code, resident_id, workbook

STORY_NAME = "示范市清和书店有限公司工会（虚构）"
STORY_CREDIT_CODE = credit_code(88)
STORY_HEADCOUNT = 11
STORY_CONTACT, STORY_PHONE = "何苗青", "19900009901"
NEW_MEMBER_NUMBER = resident_id(450502, datetime.date(1994, 5, 20), 902)
"""Of the member who sees their cover at the end of the story: the first row of the sample roster."""
BANK = "示范银行"
"""Of the invented fund; the simulated bank is this one."""
ACCOUNT = "62999900000000990"
"""Of the invented fund."""
_NAMES = ("谷雨生", "梅见雪", "秋一白", "乔木林", "云知夏", "古丽娜·艾力", "安𠮷", "柏舟行", "江晚照", "冬至")

_FORM = b"""
#let facts = json(bytes(sys.inputs.facts))
#set document(title: facts.title)
#set page(width: 210mm, height: 297mm, margin: 28mm)
#set text(font: "Noto Sans SC", size: 12pt, lang: "zh")
#align(center, text(size: 18pt, weight: "bold")[#facts.title])
#v(10mm)
#for line in facts.lines [#line #parbreak()]
#v(20mm)
#align(right, box(stroke: 2pt + red, radius: 50%, inset: 9mm, text(fill: red, weight: "bold")[#facts.stamp]))
"""


def stamped_form(name: str = STORY_NAME) -> bytes:
    """A form with an invented stamp, as PDF."""
    facts = {
        "title": "单位登记及代办员授权书",
        "lines": [
            f"单位名称：{name}",
            f"统一社会信用代码：{STORY_CREDIT_CODE}" if name == STORY_NAME else "统一社会信用代码：见申请",
            "兹授权所申请的代办员办理本单位职工互助保障的参保、缴费和查询。",
            "本文书为演示而虚构，不具任何效力。",
        ],
        "stamp": "虚构印章",
    }
    return compiled(_FORM, facts, on=datetime.date(2026, 1, 1)).content


def sample_rows() -> list[Row]:
    """Eleven persons of the story's employer, and three rows that have a fault on purpose."""
    usual = {"identity_kind": "居民身份证", "employment": "在职", "basic_insurance": "职工医保"}
    rows = [usual | {"name": NEW_MEMBER.name, "identity_number": NEW_MEMBER_NUMBER, "phone": "19900009902"}]
    for place, name in enumerate(_NAMES):
        born = datetime.date(1980 + place * 2, place + 1, 2 * place + 3)
        number = resident_id(450502, born, 910 + place)
        rows.append(usual | {"name": name, "identity_number": number, "phone": f"1990001{place:04d}"})
    typo = resident_id(450502, datetime.date(1991, 3, 4), 931)
    rows.append(usual | {"name": "卫错号", "identity_number": typo[:16] + str((int(typo[16]) + 1) % 10) + typo[17]})
    rows.append(usual | {"name": "田超龄", "identity_number": resident_id(450502, datetime.date(1958, 6, 7), 933)})
    rows.append(usual | {"name": NEW_MEMBER.name, "identity_number": NEW_MEMBER_NUMBER, "phone": "1990000990"})
    return rows


def sample_roster() -> bytes:
    """The same as a workbook."""
    return workbook(sample_rows())


def mended_rows() -> list[Row]:
    """The rows of ``sample_rows`` without faults."""
    return sample_rows()[:-3]


def serial_of(bill: Bill) -> str:
    """Of the line that pays a bill."""
    return f"DEMO-{bill.number}"


def sample_statement(fund: Fund, on: datetime.date) -> bytes:
    """A bank's CSV for an account: money for each bill that waits, and two lines that no bill explains."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(["账号", fund.account_number])
    writer.writerow(["户名", fund.account_name])
    writer.writerow(["交易日期", "贷方发生额", "借方发生额", "对方户名", "对方账号", "附言", "流水号"])
    for place, bill in enumerate(Bill.objects.filter(fund=fund, state="issued").order_by("id")):
        # Every third payer forgets to write the number of the bill.
        text = "互助费" if place % 3 == 2 else f"互助费 {bill.number}"
        account = f"629999{bill.pk:011d}"
        # The day of the bill, so that the same line comes again in a later file and is known.
        day, amount = bill.issued_on.isoformat(), shown(bill.amount)
        writer.writerow([day, amount, "", bill.payer_name, account, text, serial_of(bill)])
    writer.writerow([on.isoformat(), "0.37", "", "示范银行", "", "结息", f"DEMO-INTEREST-{on:%Y%m%d}"])
    writer.writerow([on.isoformat(), "", "12.00", "示范银行", "", "回单费", f"DEMO-FEE-{on:%Y%m%d}"])
    return target.getvalue().encode("utf-8-sig")
