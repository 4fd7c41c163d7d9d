"""Results that finance enters by hand: the workbook of the batch, brought back with its last three columns filled in."""

from __future__ import annotations

import datetime
import io
import re
import unicodedata
import zipfile
from typing import Any

import python_calamine

from mutualaid.core.money import NotMoney, parse
from mutualaid.enrolment.roster.reading import NotARoster, unpacks
from mutualaid.payouts.bank.news import News, Outcome, Told
from mutualaid.payouts.bank.reasons import REASONS
from mutualaid.payouts.bank.writing import HEADINGS
from mutualaid.payouts.refusals import Refused

LINES_MOST = 20_000
FAULTS_SHOWN = 10
_NEEDED = ("支付单号", "金额", "结果", "日期", "原因")
_TOLD: dict[str, Told] = {"成功": "paid", "失败": "rejected", "退回": "returned"}


class WorkbookRefused(Refused):
    """A workbook that cannot be taken as it is; the text names lines, what was expected and what was found."""


def read_workbook(*, data: bytes, batch: str) -> News:
    """What the workbook says of a batch; lines without a result are left out. Raises WorkbookRefused with every fault."""
    rows = _rows(data)
    headings = [_text(cell) for cell in rows[0]] if rows else []
    places = {name: headings.index(name) for name in _NEEDED if name in headings}
    if len(places) < len(_NEEDED) or len(rows) > LINES_MOST:
        wanted = "、".join(HEADINGS)
        raise _refused([(f"表头：{wanted}", f"the headings {wanted}", "、".join(headings)[:60], 1)])
    faults: list[tuple[str, str, str, int]] = []
    outcomes = []
    for line, row in enumerate(rows[1:], start=2):
        cells = {name: _text(row[place]) if place < len(row) else "" for name, place in places.items()}
        if cells["支付单号"] and cells["结果"]:
            found = _outcome(cells, line, faults)
            if found is not None:
                outcomes.append(found)
    if not faults and not outcomes:
        faults.append(("至少一行填写了结果", "one line at least with a result", "0", 0))
    if faults:
        raise _refused(faults)
    return News(kind="by_hand", outcomes=tuple(outcomes), batch=batch)


def _rows(data: bytes) -> list[list[Any]]:
    try:
        unpacks(data)  # a small file that would fill the memory is refused before it is opened
        with python_calamine.load_workbook(io.BytesIO(data)) as book:
            return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (zipfile.BadZipFile, python_calamine.CalamineError, NotARoster, OSError, EOFError, IndexError, ValueError):
        opened = ("能打开的 Excel 工作簿（.xlsx）", "a workbook (.xlsx) that can be opened", "", 0)
        raise _refused([opened]) from None


def _outcome(cells: dict[str, str], line: int, faults: list[tuple[str, str, str, int]]) -> Outcome | None:
    told = _TOLD.get(cells["结果"])
    if told is None:
        faults.append(("结果：成功、失败或退回", "成功, 失败 or 退回 as the result", cells["结果"][:20], line))
    day = re.sub(r"[./年月]", "-", cells["日期"]).rstrip("日").strip()
    try:
        on = datetime.date.fromisoformat(day[:10]) if day or told in ("paid", "returned") else None
    except ValueError:
        faults.append(("日期，如 2026-11-22", "a date such as 2026-11-22", cells["日期"][:20], line))
        return None
    try:
        amount = parse(cells["金额"])
    except NotMoney:
        faults.append(("金额，如 1234.50", "an amount such as 1234.50", cells["金额"][:20], line))
        return None
    reason = ""
    if told in ("rejected", "returned"):
        reason = cells["原因"].upper() if cells["原因"].upper() in REASONS else _code_of(cells["原因"])
    return Outcome(cells["支付单号"], told, amount, on, reason, cells["原因"][:200]) if told else None


def _code_of(text: str) -> str:
    """The code whose words somebody wrote; the one for "no reason given" for others."""
    return next((code for code, (chinese, _) in REASONS.items() if text and text in chinese), "MS03")


def _text(cell: Any) -> str:
    if isinstance(cell, datetime.datetime | datetime.date):
        return cell.isoformat()[:10]
    if isinstance(cell, float):
        return f"{cell:.2f}"
    return unicodedata.normalize("NFKC", str(cell)).strip()


def _refused(faults: list[tuple[str, str, str, int]]) -> WorkbookRefused:
    shown = faults[:FAULTS_SHOWN]
    chinese = "；".join(f"{f'第 {line} 行' if line else '文件'}应为{zh}，得到“{found}”" for zh, _, found, line in shown)
    english = "; ".join(
        f"{f'line {line}' if line else 'the file'}: expected {en}, found {found!r}" for _, en, found, line in shown
    )
    more = len(faults) - len(shown)
    return WorkbookRefused(
        f"{chinese}{f'；另有 {more} 处' if more else ''}。请改正后再导入",
        f"{english}{f'; {more} more' if more else ''}; correct the file and bring it again",
    )
