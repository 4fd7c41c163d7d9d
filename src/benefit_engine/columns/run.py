"""One partition of persons decided: Arrow in, Arrow out, a pure function. Whoever is odd goes through the explained engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from benefit_engine import plan as p
from benefit_engine.columns import codes as c
from benefit_engine.columns import layout
from benefit_engine.columns.arrays import Ints, Lines, Memory, memory
from benefit_engine.columns.compiling import compile_library
from benefit_engine.columns.encode import Encoded, Encoder
from benefit_engine.columns.kernel import decide_persons
from benefit_engine.columns.program import Program, Tables, TooLarge
from benefit_engine.decide import Engine
from benefit_engine.fact_reader import CaseError
from benefit_engine.words import OUTCOMES, REASONS

_NAMES = {
    **{i: name for name, i in c.FACT.items()},
    **{c.AMOUNTS_AT + i: f"amounts.{name}" for i, name in enumerate(c.AMOUNT_NAMES)},
}


class Decided(NamedTuple):
    """The lines of a partition (columns ``layout.DECISIONS``), and how many persons, of them explained, of them bad."""

    lines: pa.Table
    persons: int
    explained: int
    bad: int


class Compiled(NamedTuple):
    """A library ready for columns; ``tables`` None when it is too large for them and all go through the explained engine."""

    engine: Engine
    program: Program | None
    tables: Tables | None


def compiled(library: p.Library) -> Compiled:
    """Compile a library once for all partitions."""
    engine = Engine(library)
    try:
        program, tables = compile_library(library)
    except TooLarge:
        return Compiled(engine, None, None)
    return Compiled(engine, program, tables)


class Decider:
    """Decides partition after partition; one for each thread, since it remembers texts and has its memory."""

    def __init__(self, library: Compiled, lang: str = "zh") -> None:
        self.library = library
        self.lang = lang
        self.encoder: Encoder | None = None
        self.memory: Memory | None = None
        if library.program is not None and library.tables is not None:
            sizes = dict(zip(("keys", "families"), library.tables.sizes[0], strict=False))
            self.encoder = Encoder(library.program, int(sizes["keys"]))
            self.memory = memory(int(sizes["families"]), len(library.tables.benefits))

    def decide(self, table: pa.Table) -> Decided:
        """The lines of a partition: whole cases, each a run of rows. The same table gives the same lines."""
        if self.encoder is None or self.library.tables is None or self.memory is None:
            return self._explain_all(table)
        found = self.encoder.encode(table)
        chunks = list(self._chunks(found))
        lines, persons = self._lines(table, found, chunks)
        odd = np.flatnonzero(found.odd)
        bad = 0
        if len(odd):
            explained, owners, bad = self._explain(table, found.first_row, odd)
            merged = pa.concat_tables([lines, explained])
            order = np.argsort(np.concatenate([persons, owners]), kind="stable")
            lines = merged.take(pa.array(order))
        return Decided(lines, len(found.first_row), len(odd), bad)

    # -- the kernel ---------------------------------------------------------------------------------------------------

    def _chunks(self, found: Encoded) -> Iterator[tuple[Lines, Ints, int, int]]:
        """Lines of runs of persons, each with where each person's begin; a chunk ends where its arrays are full."""
        assert self.library.tables is not None
        assert self.memory is not None
        events, persons = found.facts.event_start, len(found.first_row)
        first = 0
        room = 3 * len(found.event_row) + 4096
        while first < persons:
            out = _empty(room)
            starts = np.zeros(persons + 1, dtype=np.int64)
            count = decide_persons(
                self.library.tables, found.facts, self.memory, found.odd, starts, out, first, persons
            )
            end = persons if count >= 0 else -1 - count
            if end == first:
                room *= 4
                continue
            lines = count if count >= 0 else int(starts[end])
            starts[end] = lines
            yield Lines(*(array[:lines] for array in out)), starts, first, end
            first = end
            room = 3 * int(events[persons] - events[first]) + 4096

    def _lines(
        self, table: pa.Table, found: Encoded, chunks: list[tuple[Lines, Ints, int, int]]
    ) -> tuple[pa.Table, Ints]:
        """The kernel's lines as a table, and the person of each."""
        program = self.library.program
        assert program is not None
        parts = [part for part, _, _, _ in chunks] or [_empty(0)]
        lines = parts[0]
        if len(parts) > 1:
            lines = Lines(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
        owners = [
            np.repeat(np.arange(first, end), np.diff(starts[first : end + 1])) for _, starts, first, end in chunks
        ]
        persons = np.concatenate(owners) if owners else np.zeros(0, dtype=np.int64)
        plans = list(dict.fromkeys(plan for plan, _ in program.lines))
        benefits = list(dict.fromkeys(benefit for _, benefit in program.lines))
        plan_of = np.array([plans.index(plan) for plan, _ in program.lines] or [0], dtype=np.int32)
        benefit_of = np.array([benefits.index(benefit) for _, benefit in program.lines] or [0], dtype=np.int32)
        none = len(lines.event)
        columns = {
            "case": _text(table, "case").take(pa.array(found.first_row[persons])),
            "event": _text(table, "event").take(pa.array(found.event_row[lines.event])),
            "plan": _dictionary(plan_of[lines.benefit], plans),
            "benefit": _dictionary(benefit_of[lines.benefit], benefits),
            "outcome": _dictionary(lines.outcome.astype(np.int32), list(OUTCOMES)),
            "amount": money_array(lines.amount),
            "reasons": _spelt(lines.reasons, reasons_text),
            "missing": _spelt(lines.missing, self._missing_text),
            "provisional": pa.array(lines.provisional.astype(bool)),
            "paid_before": pa.nulls(none, layout.MONEY),
            "due": pa.nulls(none, layout.MONEY),
            "error": pa.nulls(none, pa.string()),
        }
        return pa.table(columns, schema=layout.decisions_schema()), persons

    def _missing_text(self, mask: int) -> str | None:
        """Names of missing facts; None when nothing is missing."""
        program = self.library.program
        assert program is not None
        own = {number: name for name, number in program.own_amounts.numbers.items()}
        names = []
        for bit in range(63):
            if (mask >> bit) & 1:
                place = bit - c.AMOUNTS_AT - c.STANDARD_AMOUNTS
                names.append(_NAMES[bit] if bit in _NAMES else f"amounts.{own[place]}")
        return layout.SEPARATOR.join(sorted(names)) or None

    # -- the explained engine -----------------------------------------------------------------------------------------

    def _explain_all(self, table: pa.Table) -> Decided:
        """Every person through the explained engine."""
        case = table.column("case").to_pylist()
        first = np.array(
            [i for i, name in enumerate(case) if i == 0 or name is None or name != case[i - 1]], dtype=np.int64
        )
        lines, _, bad = self._explain(table, first, np.arange(len(first)))
        return Decided(lines, len(first), len(first), bad)

    def _explain(self, table: pa.Table, first_row: Ints, persons: Ints) -> tuple[pa.Table, Ints, int]:
        """Lines of some persons by the explained engine, the person of each, and how many were bad."""
        rows: list[dict[str, Any]] = []
        owners: list[int] = []
        bad = 0
        ends = np.append(first_row[1:], table.num_rows)
        for person in persons.tolist():
            start, end = int(first_row[person]), int(ends[person])
            found, good = self._explained(layout.case_of(table.slice(start, end - start).to_pylist()))
            bad += not good
            rows += found
            owners += [person] * len(found)
        columns: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in layout.DECISIONS}
        schema = layout.decisions_schema()
        arrays = [_encoded(columns[field.name], field.type) for field in schema]
        return pa.table(arrays, schema=schema), np.array(owners, dtype=np.int64), bad

    def _explained(self, case: dict[str, Any]) -> tuple[list[dict[str, Any]], bool]:
        engine = self.library.engine
        try:
            decision = engine.decide(engine.parse(case))
        except CaseError as error:
            return [{"case": error.case, "error": error.text(self.lang)}], False
        return [layout.line_row(decision.case, line) for line in decision.lines], True


def reasons_text(code: int) -> str:
    """Reasons of a line in their order: the gates by their rank, then the cuts."""
    names = [reason for i, reason in enumerate(REASONS) if (code >> i) & 1]
    cuts = code >> c.CUTS_AT
    while cuts:
        names.append(REASONS[(cuts & 31) - 1])
        cuts >>= 5
    return layout.SEPARATOR.join(names)


def money_array(fen: Ints) -> pa.Array:
    """Fen as an array of decimals, without a copy by value: the low half is the number, the high half its sign."""
    wide = np.empty((len(fen), 2), dtype=np.int64)
    wide[:, 0] = fen
    wide[:, 1] = fen >> 63
    return pa.Array.from_buffers(layout.MONEY, len(fen), [None, pa.py_buffer(wide)])


def _empty(room: int) -> Lines:
    def of(kind: Any) -> Any:
        return np.empty(room, dtype=kind)

    return Lines(of(np.int32), of(np.int32), of(np.int8), of(np.int8), of(np.int64), of(np.int64), of(np.int64))


def _text(table: pa.Table, name: str) -> Any:
    if name not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    return table.column(name).cast(pa.string())


def _dictionary(numbers: Any, words: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(numbers, type=pa.int32()), pa.array(words, type=pa.string()))


def _spelt(codes: Ints, text: Any) -> pa.Array:
    """Codes as texts, each distinct one spelt once."""
    distinct, places = np.unique(codes, return_inverse=True)
    texts = [text(int(code)) for code in distinct]
    none = np.array([one is None for one in texts], dtype=bool)[places]
    words = pa.array([one or "" for one in texts], type=pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32), mask=none), words)


def _encoded(values: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(values, type=pa.string()).dictionary_encode()
    return pa.array(values, type=kind)
