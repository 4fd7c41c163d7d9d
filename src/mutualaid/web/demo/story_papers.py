"""Papers to take along when the story's member claims: of the stay that the story tells."""

from __future__ import annotations

import datetime

from mutualaid.web.demo.cast import MEMBER
from mutualaid.web.demo.claim_papers import Drawn, drawn

WORDS = ("identity", "settlement", "invoice", "record")
HOSPITAL = "示范市第一人民医院（虚构）"
NIGHTS, AGO = 8, 3
"""Of the stay, and how many days ago it ended."""
TOTAL, FUND, OWN, OUTSIDE = "40000.00", "22000.00", "15000.00", "3000.00"


def stay(on: datetime.date) -> tuple[datetime.date, datetime.date]:
    """Its days, as told on a day."""
    end = on - datetime.timedelta(days=AGO)
    return end - datetime.timedelta(days=NIGHTS), end


def page(word: str, on: datetime.date) -> bytes:
    """One of ``WORDS``, as a picture."""
    start, end = stay(on)
    who = [("姓名", MEMBER.name), ("医院", HOSPITAL), ("住院日期", f"{start} 至 {end}")]
    sums = [("医疗费总额", TOTAL), ("医保统筹基金支付", FUND), ("个人自付", OWN), ("个人自费", OUTSIDE)]
    told = {
        "identity": Drawn("居民身份证（样张）", [("姓名", MEMBER.name), ("号码", "******************")], seal="样张"),
        "settlement": Drawn("医疗保障基金结算清单", [*who, *((name, f"{sum_} 元") for name, sum_ in sums)]),
        "invoice": Drawn("住院医疗收费票据", [*who, ("金额合计", f"{TOTAL} 元")]),
        "record": Drawn(
            "出院小结", [*who, ("诊断", "社区获得性肺炎"), ("医嘱", "注意休息，按时复诊。")], seal="虚构\n病案室"
        ),
    }
    return drawn([told[word]], dots=200)[0]
