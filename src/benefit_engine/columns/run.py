"""One partition of persons decided: Arrow in, Arrow out, a pure function. Whoever is odd goes through the explained engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from benefit_engine import plan as p
from benefit_engine.columns import codes as c
from benefit_engine.columns import layout
from benefit_engine.columns.arrays import Ints, Lines, memory
from benefit_engine.columns.compiling import compile_library
from benefit_engine.columns.encode import Encoded, Encoder, one_text
from benefit_engine.columns.kernel import decide_persons
from benefit_engine.columns.payments import set_off
from benefit_engine.columns.program import Program, Tables, TooLarge, flat, places
from benefit_engine.decide import Engine
from benefit_engine.fact_reader import REPEATED, CaseError
from benefit_engine.words import OUTCOMES, REASONS

_NAMES = {
    **{i: name for name, i in c.FACT.items()},
    **{c.AMOUNTS_AT + i: f"amounts.{name}" for i, name in enumerate(c.AMOUNT_NAMES)},
}


class Decided(NamedTuple):
    """What became of a partition. ``owners``: the person of each line, by its place in the partition; ``errors``: what is wrong
    with the cases that are bad, by their persons; ``explained``: how many persons went through the explained engine."""

    lines: pa.Table
    owners: Ints
    cases: pa.Array
    first_row: Ints
    errors: dict[int, str]
    explained: int


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
        if library.program is not None and library.tables is not None:
            self.encoder = Encoder(library.program, int(library.tables.sizes[0, places("sizes").keys]))
            self.tables = flat(library.tables)
            self.memory = memory()
            self.out = _empty(0)

    def decide(self, table: pa.Table, repeated: Ints | None = None, first_row: Ints | None = None) -> Decided:
        """The lines of a partition: whole cases, each a run of rows. The same table gives the same lines.

        ``repeated``: persons whose case id stood in the file before; they are bad. ``first_row`` of each case, if it is known.
        """
        table = layout.fitted(table)
        again = frozenset(repeated.tolist()) if repeated is not None else frozenset()
        case = _text(table, "case")
        first_row = layout.first_rows(case) if first_row is None else first_row
        if self.encoder is None:
            lines, owners, errors = self._explain(table, first_row, np.arange(len(first_row)), again)
            return Decided(lines, owners, case.take(pa.array(first_row)), first_row, errors, len(first_row))
        found = self.encoder.encode(table, first_row)
        if again:
            found.odd[repeated] = 1
        decided, owners = self._decided(found)
        before, says = np.zeros(0, dtype=np.int64), None
        if found.payments is not None:
            before, says = set_off(found.payments, decided, owners, found.odd)
            kept = found.odd[owners] == 0
            decided, owners = Lines(*(array[kept] for array in decided)), owners[kept]
            before, says = before[kept], says[kept]
        cases = case.take(pa.array(found.first_row))
        lines = self._table(table, found, cases, decided, owners)
        if says is not None:
            for name, fen in (("paid_before", before), ("due", decided.amount - before)):
                lines = lines.set_column(lines.schema.get_field_index(name), name, money_array(fen, says))
        odd, errors = np.flatnonzero(found.odd), {}
        if len(odd):
            explained, others, errors = self._explain(table, found.first_row, odd, again)
            order = np.argsort(np.concatenate([owners, others]), kind="stable")
            lines = pa.concat_tables([lines, explained]).unify_dictionaries().combine_chunks().take(pa.array(order))
            owners = np.concatenate([owners, others])[order]
        return Decided(lines, owners, cases, found.first_row, errors, len(odd))

    # -- the kernel ---------------------------------------------------------------------------------------------------

    def _chunks(self, found: Encoded) -> Iterator[tuple[Lines, Ints, int, int]]:
        """Lines of runs of persons, each with where each person's begin; a chunk ends where the arrays are full, which are used
        again for the next partition."""
        events, persons = found.events, len(found.first_row)
        first = 0
        room = 3 * len(found.event_row) + 4096
        while first < persons:
            if len(self.out.event) < room:
                self.out = _empty(room)
            starts = np.zeros(persons + 1, dtype=np.int64)
            count = decide_persons(
                self.tables, found.facts.head, self.memory, found.odd, starts, self.out, first, persons
            )
            end = persons if count >= 0 else -1 - count
            if end == first:
                room *= 4
                continue
            lines = count if count >= 0 else int(starts[end])
            starts[end] = lines
            parts = Lines(*(array[:lines] for array in self.out))
            yield (parts if end == persons else Lines(*(array.copy() for array in parts))), starts, first, end
            first = end
            room = 3 * int(events[persons] - events[first]) + 4096

    def _decided(self, found: Encoded) -> tuple[Lines, Ints]:
        """The kernel's lines, which stand until the next partition, and the person of each."""
        chunks = list(self._chunks(found))
        parts = [part for part, _, _, _ in chunks] or [_empty(0)]
        lines = parts[0]
        if len(parts) > 1:
            lines = Lines(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
        owners = [
            np.repeat(np.arange(first, end), np.diff(starts[first : end + 1])) for _, starts, first, end in chunks
        ]
        return lines, np.concatenate(owners) if owners else np.zeros(0, dtype=np.int64)

    def _table(self, table: pa.Table, found: Encoded, cases: pa.Array, lines: Lines, persons: Ints) -> pa.Table:
        """The kernel's lines as a table."""
        program = self.library.program
        assert program is not None
        plans = list(dict.fromkeys(plan for plan, _ in program.lines))
        benefits = list(dict.fromkeys(benefit for _, benefit in program.lines))
        plan_of = np.array([plans.index(plan) for plan, _ in program.lines] or [0], dtype=np.int32)
        benefit_of = np.array([benefits.index(benefit) for _, benefit in program.lines] or [0], dtype=np.int32)
        none = len(lines.event)
        columns = {
            "case": cases.take(pa.array(persons)),
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
            "line": pa.nulls(none, pa.int64()),
            "error": pa.nulls(none, pa.string()),
        }
        return pa.table(columns, schema=layout.decisions_schema())

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

    def explain(self, table: pa.Table, first_row: Ints, persons: Ints) -> tuple[pa.Table, Ints]:
        """The lines that the explained engine gives some persons, and the person of each: what a batch is verified against."""
        lines, owners, _ = self._explain(table, first_row, persons, frozenset())
        return lines, owners

    def _explain(
        self, table: pa.Table, first_row: Ints, persons: Ints, again: frozenset[int]
    ) -> tuple[pa.Table, Ints, dict[int, str]]:
        """Lines of some persons by the explained engine, the person of each, and the faults of those that are bad."""
        rows: list[dict[str, Any]] = []
        owners: list[int] = []
        errors: dict[int, str] = {}
        for person, data in zip(persons.tolist(), layout.cases_of(table, first_row, persons), strict=True):
            try:
                case = self.library.engine.parse(data)
            except CaseError as error:
                errors[person] = error.text(self.lang)
                continue
            if person in again:
                errors[person] = REPEATED.text(self.lang)
                continue
            lines = self.library.engine.decide(case).lines
            rows += [layout.line_row(case.id, line) for line in lines]
            owners += [person] * len(lines)
        return layout.lines_table(rows), np.array(owners, dtype=np.int64), errors


def reasons_text(code: int) -> str:
    """Reasons of a line in their order: the gates by their rank, then the cuts."""
    names = [reason for i, reason in enumerate(REASONS) if (code >> i) & 1]
    cuts = code >> c.CUTS_AT
    while cuts:
        names.append(REASONS[(cuts & 31) - 1])
        cuts >>= 5
    return layout.SEPARATOR.join(names)


def money_array(fen: Ints, known: Any = None) -> pa.Array:
    """Fen as an array of decimals, without a copy by value: the low half is the number, the high half its sign. ``known``: which
    of them are."""
    wide = np.empty((len(fen), 2), dtype=np.int64)
    wide[:, 0] = fen
    wide[:, 1] = fen >> 63
    bits = None if known is None else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(layout.MONEY, len(fen), [bits, pa.py_buffer(wide)])


def _empty(room: int) -> Lines:
    return Lines(*(np.empty(room, dtype=np.int64) for _ in Lines._fields))


def _text(table: pa.Table, name: str) -> Any:
    """A column of texts as one array."""
    if name not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    return one_text(table.column(name))


def _dictionary(numbers: Any, words: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(numbers, type=pa.int32()), pa.array(words, type=pa.string()))


def _spelt(codes: Ints, text: Any) -> pa.Array:
    """Codes as texts, each distinct one spelt once."""
    places, distinct = np.empty(len(codes), dtype=np.int32), np.empty(_DISTINCT_MOST, dtype=np.int64)
    count = _number(codes, places, distinct, np.full(4 * _DISTINCT_MOST, -1, dtype=np.int32))
    if count < 0:
        numbered = pa.array(codes).dictionary_encode()
        distinct, places = numbered.dictionary.to_numpy(), numbered.indices.to_numpy()
        count = len(distinct)
    texts = [text(int(code)) for code in distinct[:count]]
    words = pa.array([one or "" for one in texts], type=pa.string())
    if None not in texts:
        return pa.DictionaryArray.from_arrays(pa.array(places), words)
    none = np.array([one is None for one in texts])[places]
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=none), words)


_DISTINCT_MOST = 1024


@njit(cache=True, nogil=True)
def _number(codes: Ints, places: Any, distinct: Ints, table: Any) -> int:
    """Numbers codes as they come up (``table``: open addressing); how many distinct ones, -1 when there are too many."""
    count, mask = 0, len(table) - 1
    for i in range(len(codes)):
        code = codes[i]
        at = (code ^ (code >> 15) ^ (code >> 33)) & mask
        while table[at] >= 0 and distinct[table[at]] != code:
            at = (at + 1) & mask
        if table[at] < 0:
            if count == len(distinct):
                return -1
            distinct[count] = code
            table[at] = count
            count += 1
        places[i] = table[at]
    return count
