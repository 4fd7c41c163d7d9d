"""Targets as an office writes them in a workbook: one row for a unit, found by its code. Pure but for reading the file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import python_calamine

from mutualaid.people.refusals import Refused

BYTES_MOST, UNZIPPED_MOST = 2**20, 32 * 2**20
HEADERS = ("单位编码", "单位", "目标人次", "目标份数", "目标金额（元）")
_MOST = 10**10


class BadTargets(Refused):
    """The file is no table of targets, or rows of it cannot be read."""


@dataclass(frozen=True)
class Written:
    """A row: persons, units and yuan; all None where its cells are empty."""

    persons: int | None
    units: int | None
    fee_amount: Decimal | None


def read_targets(*, content: bytes, codes: Mapping[str, int]) -> dict[int, Written]:
    """A workbook with the columns of ``HEADERS``; ``codes``: keys of the units that may stand in it, by their codes.
    Raises BadTargets with the first rows that are wrong."""
    rows = _rows(content)
    place = next((i for i, row in enumerate(rows[:10]) if {HEADERS[0], HEADERS[2]} <= set(row)), None)
    if place is None:
        raise BadTargets(
            f"应有表头“{HEADERS[0]}”“{HEADERS[2]}”；没有找到，请下载本页的表格填写后再导入",
            "expected a table with a header of codes and persons, found none; download the table of this page and fill it in",
        )
    columns = {name: rows[place].index(name) for name in HEADERS if name in rows[place]}
    found: dict[int, Written] = {}
    wrong: list[str] = []
    for line, row in enumerate(rows[place + 1 :], start=place + 2):
        told = {name: row[at] if at < len(row) else "" for name, at in columns.items()}
        if not any(told.values()):
            continue
        key = codes.get(told[HEADERS[0]])
        try:
            numbers = [_number(told.get(name, "")) for name in HEADERS[2:]]
        except ValueError:
            key = None
            numbers = []
        whole = [one for one in numbers[:2] if one is not None]
        if key is None or key in found or any(one != int(one) for one in whole):
            wrong.append(str(line))
            continue
        persons, units, fee = numbers
        found[key] = Written(None if persons is None else int(persons), None if units is None else int(units), fee)
    if wrong:
        lines = "、".join(wrong[:10])
        raise BadTargets(
            f"各行应为本机构及直接下属单位的编码（每个一行）和不小于 0 的数字；第 {lines} 行不是，请改正",
            f"expected in each row the code of this office or a unit right below it, once, and numbers from 0 on; "
            f"rows {lines} are not so, correct them",
        )
    return found


def _rows(content: bytes) -> list[list[str]]:
    try:
        if len(content) > BYTES_MOST:
            raise ValueError("too large")
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > UNZIPPED_MOST:
                raise ValueError("too large")
        sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        return [[_text(cell) for cell in row] for row in sheet.to_python()]
    except (ValueError, IndexError, zipfile.BadZipFile, python_calamine.CalamineError) as error:
        raise BadTargets(
            "应为 1 MB 以内的 xlsx 文件；得到的不能读取，请另存为 xlsx 后再导入",
            "expected an .xlsx file of up to 1 MB, found one that cannot be read; save it as .xlsx",
        ) from error


def _text(cell: Any) -> str:
    whole = isinstance(cell, float) and cell.is_integer()
    return str(int(cell)) if whole else str(cell).strip()


def _number(text: str) -> Decimal | None:
    plain = text.replace(",", "").replace("，", "")
    if not plain:
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not number.is_finite() or not 0 <= number < _MOST:
        raise ValueError(text)
    return number.quantize(Decimal("0.01"))
