"""Finance at the e-bank: workbooks of batches filled in, brought with the bank's paper, confirmed by the other."""

from __future__ import annotations

import datetime
import io
from typing import Any

import openpyxl

from mutualaid.core import papers
from mutualaid.core.actors import Actor
from mutualaid.payouts.actions.by_hand import bring_workbook, confirm_result
from mutualaid.payouts.models import BankResult, Batch
from tests.payouts.scene import LATER, World

PAPER = b"%PDF-1.4 receipts of the bank"


def filled(batch: Batch, *rows: tuple[Any, ...], **changed: Any) -> bytes:
    """The batch's workbook with results: result, date, reason, line by line; ``changed``: other cells."""
    assert batch.file is not None
    book = openpyxl.load_workbook(io.BytesIO(papers.read(batch.file)))
    sheet = book.active
    assert sheet is not None
    for line, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=9):
            sheet.cell(line, column, value)
    for place, value in changed.items():
        sheet[place] = value
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def brought(
    world: World,
    batch: Batch,
    content: bytes,
    *,
    by: Actor | None = None,
    evidence: bytes = PAPER,
    at: datetime.datetime = LATER,
) -> BankResult:
    """Entered by the one."""
    return bring_workbook(
        batch=batch, content=content, name="结果.xlsx", evidence=evidence, evidence_name="回单.pdf",
        by=by or world.by, at=at,
    )  # fmt: skip


def entered(world: World, batch: Batch, *rows: tuple[Any, ...], at: datetime.datetime = LATER) -> BankResult:
    """Entered by the one and confirmed by the other."""
    waiting = brought(world, batch, filled(batch, *rows), at=at)
    return confirm_result(result=waiting, by=world.other, at=at)
