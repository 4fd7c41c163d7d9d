"""Invented people for rosters: names that are plainly nobody's, numbers that are valid and given once."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterable, Sequence

import numpy as np
import xlsxwriter
from stdnum import luhn
from stdnum.cn import uscc

from mutualaid.datacentre.synthesis.tables import NAMES, REGIONS
from mutualaid.enrolment.roster.columns import COLUMNS
from mutualaid.people.identity import check_letter

SEED = 20260101
FIRST_YEAR, LAST_YEAR = 1970, 2004
"""Of birth: everybody is of working age for years to come."""
RARE = (
    *(
        "帕孜丽娅·乌拉木",
        "阿依古丽·买买提",
        "次仁卓玛",
        "尉迟安",
        "欧阳见微",
        "李𠮷祥",
        "王㛃",
        "陈䶮",
        "黄𬭎",
        "长孙无尘",
    ),
    *("帕提古丽·阿布都克里木江·吐尔逊", "单于婉", "Maria da Silva"),
)
"""Names that are tests of a system: with a dot, long, of two-character surnames, of characters beyond the usual ones."""
Row = dict[str, str]
"""What a row of a roster says: by field of ``roster.columns``."""


def resident_id(region: int, born: datetime.date, order: int) -> str:
    """Even orders are women's."""
    body = f"{region}{born:%Y%m%d}{order:03d}"
    return body + check_letter(body)


def credit_code(number: int) -> str:
    """An invented employer's code, of a region that there is not."""
    body = f"91990100MA5K{number:05d}"
    return body + str(uscc.calc_check_digit(body))


def bank_card(number: int) -> str:
    """19 digits of no bank."""
    body = f"6299990000{number:08d}"
    return body + str(luhn.calc_check_digit(body))


def card_ending(ending: str, order: int = 0) -> str:
    """A card of no bank that ends in four digits, by which the simulated bank knows what to do."""
    bodies = (f"6299990{order:03d}{place:05d}{ending[:-1]}" for place in range(100))
    return next(body + ending[-1] for body in bodies if str(luhn.calc_check_digit(body)) == ending[-1])


class Drawer:
    """Draws people, each once."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(SEED)
        self.count = 0
        self.given: set[str] = set()

    def people(self, many: int, *, women: int = 45, gig: bool = False) -> list[Row]:
        """``women``: per cent; ``gig``: they work for a platform."""
        rows = [self._one(women) for _ in range(many)]
        rare = list(RARE)[: max(0, min(len(RARE), many // 12))]
        for place, name in enumerate(rare):
            rows[place * 11 + 7]["name"] = name
        for row in rows:
            row |= {"employment": "新就业形态" if gig else "在职", "basic_insurance": "职工医保"}
        return rows

    def _one(self, women: int) -> Row:
        self.count += 1
        woman = bool(self.rng.integers(100) < women)
        number = ""
        while not number or number in self.given:
            number = resident_id(
                int(self.rng.choice(REGIONS)), self._birth(), 2 * int(self.rng.integers(1, 499)) + (not woman)
            )
        self.given.add(number)
        row = {
            "name": str(NAMES[int(self.rng.integers(len(NAMES)))]),
            "identity_kind": "居民身份证",
            "identity_number": number,
            "phone": f"1990{self.count:07d}",
        }
        if self.count % 3:
            row["bank_card"] = bank_card(self.count)
        return row

    def _birth(self) -> datetime.date:
        first = datetime.date(FIRST_YEAR, 1, 1).toordinal()
        return datetime.date.fromordinal(first + int(self.rng.integers((LAST_YEAR - FIRST_YEAR) * 365)))


def unusual() -> list[Row]:
    """People whose document is no resident ID."""
    hkmt = "81000019900312" + "002"
    foreign = "91101419850723" + "001"
    usual = {"employment": "在职", "basic_insurance": "职工医保"}
    return [
        usual | {"name": "区咏诗", "identity_kind": "港澳台居民居住证", "identity_number": hkmt + check_letter(hkmt)},
        usual
        | {
            "name": "Jean Dupont",
            "identity_kind": "外国人永久居留身份证",
            "identity_number": foreign + check_letter(foreign),
        },
        usual
        | {"name": "Anna-Lena O’Neil", "identity_kind": "护照", "identity_number": "X4520017", "sex": "女"}
        | {"birth_date": "1988-04-05"},
    ]


def workbook(rows: Iterable[Row], fields: Sequence[str] | None = None) -> bytes:
    """An ``.xlsx`` as a clerk fills it in."""
    rows = list(rows)
    columns = [one for one in COLUMNS if (one.field in fields if fields else any(one.field in row for row in rows))]
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"constant_memory": True, "in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("花名册")
    text, head = (
        book.add_format({"num_format": "@"}),
        book.add_format({"bold": True, "bg_color": "#FDE9D9", "border": 1}),
    )
    for place, column in enumerate(columns):
        sheet.set_column(place, place, column.width, text)
        sheet.write_string(0, place, column.zh, head)
    for line, row in enumerate(rows, start=1):
        for place, column in enumerate(columns):
            if row.get(column.field):
                sheet.write_string(line, place, row[column.field], text)
    book.close()
    return target.getvalue()
