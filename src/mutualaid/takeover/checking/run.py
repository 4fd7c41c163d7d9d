"""A file is checked sheet by sheet, some rows at a time; what comes of it is handed on, and summed up in a report."""

from __future__ import annotations

import datetime
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from benefit_engine.accumulators import PAID
from mutualaid.core.money import NotMoney, parse
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.models import Unit
from mutualaid.takeover.checking import cases, covers, members, money, units, used
from mutualaid.takeover.checking.known import begin
from mutualaid.takeover.checking.rows import FAULTY, LEAVE, MAKE, MATCH, Row, Seen
from mutualaid.takeover.columns import APPLIED, CONTROLS, SHEETS
from mutualaid.takeover.reading import Line, Table

AT_ONCE = 2000
CHECKS: Mapping[str, Callable[[Sequence[Row], Seen], None]] = {
    "plans": units.check_plans,
    "units": units.check_units,
    "members": members.check_members,
    "covers": covers.check_covers,
    "used": used.check_used,
    "once": used.check_once,
    "claims": cases.check_claims,
    "payables": money.check_payables,
    "balances": money.check_balances,
    "totals": money.check_totals,
}
Sink = Callable[[Sequence[Row]], None]


def check_file(
    tables: Mapping[str, Table],
    *,
    office: Unit,
    cutover_on: datetime.date,
    on: datetime.date,
    controls: Mapping[str, str],
    sink: Sink,
) -> dict[str, Any]:
    """Check a whole file and give the report; ``sink`` is handed the rows, some at a time. Writes nothing itself. ``controls``:
    totals typed beside the file, which count before those of its sheet. Raises NotATakeover."""
    with within([EVERYTHING]):
        seen = begin(office=office, cutover_on=cutover_on, on=on)
    tally: dict[str, Counter[str]] = {}
    for sheet in SHEETS:
        table = tables.get(sheet.word)
        if table is None:
            continue
        counts = tally.setdefault(sheet.word, Counter())
        for lines in _parts(table.lines()):
            rows = [Row.of(line) for line in lines]
            # Persons and employers are known to the union wherever they stand.
            with within([EVERYTHING]):
                CHECKS[sheet.word](rows, seen)
            for row in rows:
                row.close()
                _count(row, seen, counts)
            sink(rows)
    seen.controls |= {word: parse(text) for word, text in controls.items()}
    return _report(tally, seen)


def _parts(lines: Iterable[Line]) -> Iterator[list[Line]]:
    rest = iter(lines)
    while part := list(islice(rest, AT_ONCE)):
        yield part


def _count(row: Row, seen: Seen, counts: Counter[str]) -> None:
    counts["read"] += 1
    counts[row.effect] += 1
    counts["warned"] += bool(row.warnings)
    sheet, good = row.line.sheet, row.effect in (MAKE, MATCH)
    if row.effect == LEAVE:
        return
    if sheet in ("units", "members", "covers", "claims") and row.told.get("level", "基层工会") == "基层工会":
        seen.counts[f"read {sheet}"] += 1
        seen.counts[f"made {sheet}"] += good
    _combine(row, seen, good)
    for word, field in (("used", "value"), ("once", "amount"), ("payables", "amount")):
        if sheet == word and (sheet != "used" or _is_paid(row)):
            seen.sums[f"read {word}_amount"] += _yuan(row.told.get(field, ""))
            made = row.value.get("paid" if sheet != "payables" else "amount", "0") if good else "0"
            seen.sums[f"made {word}_amount"] += Decimal(made)


def _combine(row: Row, seen: Seen, good: bool) -> None:
    combined = Decimal(row.value.get("combined", "0")) if row.line.sheet == "used" and good else Decimal(0)
    seen.sums["read combined_amount"] += combined
    seen.sums["made combined_amount"] += combined


def _is_paid(row: Row) -> bool:
    written = unicodedata.normalize("NFKC", row.told.get("what", "")).strip()
    counter = used.counter_named(written)
    return counter is not None and (counter.name, counter.per) == (PAID, used.PERIOD)


def _yuan(text: str) -> Decimal:
    try:
        return max(parse(text), Decimal(0))
    except NotMoney:
        return Decimal(0)


def _report(tally: Mapping[str, Counter[str]], seen: Seen) -> dict[str, Any]:
    across = [{"zh": zh, "en": en} for zh, en in money.across(seen)]
    if not any(counts["read"] for word, counts in tally.items() if word in APPLIED):
        zh = "文件里应至少有一行要接管的数据；只有表头或示例，请填写后重新上传"
        across.append({"zh": zh, "en": "expected a row to be taken over, found headers and examples only; fill it in"})
    sheets = {
        word: {name: counts[name] for name in ("read", MAKE, MATCH, LEAVE, FAULTY, "warned")}
        for word, counts in tally.items()
    }
    return {
        "sheets": sheets,
        "controls": [_control(word, seen) for word in CONTROLS],
        "across": across,
        "faults": len(across) + sum(counts[FAULTY] for counts in tally.values()),
    }


def _control(word: str, seen: Seen) -> dict[str, str]:
    """Told by the other system, read in the file, and what would stand in our tables."""
    yuan = CONTROLS[word][2]
    if word == "bank_amount":
        read = made = seen.sums["bank_amount"]
    elif yuan:
        read, made = seen.sums[f"read {word}"], seen.sums[f"made {word}"]
    else:
        read, made = Decimal(seen.counts[f"read {word}"]), Decimal(seen.counts[f"made {word}"])
    told = seen.controls.get(word)
    figures = {"told": told, "read": read, "made": made}
    shown = {name: _figure(value, yuan) for name, value in figures.items()}
    difference = None if told is None else made - told
    return {"word": word, **shown, "difference": _figure(difference, yuan)}


def _figure(value: Decimal | None, yuan: bool) -> str:
    """As text that JSON keeps: yuan with their fen, numbers whole."""
    if value is None:
        return ""
    return f"{value:.2f}" if yuan else str(int(value))


def differing(report: Mapping[str, Any]) -> list[str]:
    """The words of control totals that are told and not met."""
    return [
        one["word"]
        for one in report.get("controls", [])
        if one["told"] and one["difference"] and Decimal(one["difference"]) != 0
    ]
