"""Flat columns of one partition to the kernel's facts, and who must be looked at by the explained engine.

Everything here goes by whole columns; only distinct texts (codes, words, keys) are looked at one by one, and remembered.
Columns that the kernel can read as they lie in Arrow's memory are not copied. Who has anything out of the ordinary, a fault for
instance, is marked as odd and not judged here; what takes several columns to see (dates in the wrong order) the kernel marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

from benefit_engine.columns import codes as c
from benefit_engine.columns import layout
from benefit_engine.columns.arrays import FC, FE, FO, FP, FS, Facts, Ints, X
from benefit_engine.columns.borrowing import lent
from benefit_engine.columns.dates import MAX
from benefit_engine.columns.payments import Payments
from benefit_engine.columns.program import Program, Words
from benefit_engine.columns.words import CodeBook, Counters
from benefit_engine.fact_reader import TEXT_MOST

EPOCH = 719_163
"""The ordinal of 1 January 1970, from which Arrow counts days."""

LISTS_MOST = 50_000
"""Different lists of codes that are remembered from one partition to the next; after more of them the memory begins anew."""


class Encoded(NamedTuple):
    """A partition for the kernel: ``odd`` by person, ``first_row`` of each person, ``event_row`` of each event, the first event
    of each person, then their number, in ``events``; what was paid before, if any case says it."""

    facts: Facts
    odd: Ints
    first_row: Ints
    event_row: Ints
    events: Ints
    payments: Payments | None


class Encoder:
    """Turns partitions into facts for one program; remembers the texts that it has met. One for each thread."""

    def __init__(self, program: Program, keys: int) -> None:
        self.program = program
        self.diagnoses = CodeBook(program, "diagnoses")
        self.operations = CodeBook(program, "operations")
        self.counters = Counters(program, keys)
        self._room = np.empty(0, dtype=np.int64)
        self._taken = 0

    def room(self, count: int) -> Ints:
        """Room for numbers until the next partition, mostly where those of the last one stood: fresh memory costs more."""
        start, self._taken = self._taken, self._taken + count
        return self._room[start : self._taken] if self._taken <= len(self._room) else np.empty(count, dtype=np.int64)

    def encode(self, table: pa.Table, first_row: Ints) -> Encoded:
        """The facts of a partition: whole cases, each a run of rows that begins at ``first_row``. The next call uses their memory
        again."""
        if self._taken > len(self._room):
            self._room = np.empty(self._taken, dtype=np.int64)
        self._taken = 0
        self.diagnoses, self.operations = (
            book if len(book) < LISTS_MOST else CodeBook(self.program, book.book)
            for book in (self.diagnoses, self.operations)
        )
        return _Encoding(self, table, first_row).encoded()


class _Encoding:
    def __init__(self, encoder: Encoder, table: pa.Table, first_row: Ints) -> None:
        self.encoder = encoder
        self.program = encoder.program
        self.table = table
        self.rows = np.arange(table.num_rows)
        self.first_row = first_row
        self.person = np.repeat(np.arange(len(first_row)), np.diff(np.append(first_row, table.num_rows)))
        self.odd = np.zeros(len(first_row), dtype=np.int64)
        self.facts = Facts()

    # -- columns ------------------------------------------------------------------------------------------------------

    def column(self, name: str, kind: pa.DataType | None = None) -> Any:
        """A column as one array, of a type if one is given; None when it says nothing in any row."""
        if name not in self.table.column_names:
            return None
        column = self.table.column(name)
        if column.null_count == len(column):
            return None
        column = column.chunk(0)  # the partition is in one piece
        return column if kind is None or column.type == kind else column.cast(kind)

    def present(self, names: Iterable[str]) -> Ints:
        """The rows in which any of these columns says something."""
        found: dict[int, NDArray[np.uint8]] = {}
        count = len(self.rows)
        for name in names:
            column = self.column(name)
            if column is None:
                continue
            if column.null_count == 0:
                return self.rows
            start, skipped = divmod(column.offset, 8)
            bits = np.frombuffer(column.buffers()[0], dtype=np.uint8)[start : start + (skipped + count + 7) // 8]
            found[skipped] = found[skipped] | bits if skipped in found else bits
        said = np.zeros(count, dtype=np.uint8)
        for skipped, bits in found.items():
            said |= np.unpackbits(bits, bitorder="little")[skipped : skipped + count]
        return np.flatnonzero(said)

    def whole(self, name: str, rows: Ints, unknown: int, least: int, most: int) -> Ints:
        """Whole numbers; out of bounds is odd."""
        column = self.column(name, pa.int32())
        if column is None:
            return _all(unknown, rows)
        into = self.encoder.room(len(rows))
        _take_whole(*_numbers(column), rows, unknown, least, most, self.person, self.odd, into)
        return into

    def flag(self, name: str, rows: Ints) -> Ints:
        """Yes or no; -1 unknown."""
        column = self.column(name, pa.bool_())
        if column is None:
            return _all(-1, rows)
        into = self.encoder.room(len(rows))
        _take_flags(*_numbers(column), rows, into)
        return into

    def dates(self, name: str, rows: Ints, *, required: bool = False) -> Ints:
        """Ordinals; 0 unknown."""
        column = self.column(name, pa.date32())
        if column is None and not required:
            return _all(0, rows)
        column = pa.nulls(len(self.rows), pa.date32()) if column is None else column
        into = self.encoder.room(len(rows))
        _take_days(*_numbers(column), rows, required, self.person, self.odd, into)
        return into

    def money(self, name: str, rows: Ints) -> Ints:
        """Fen; NONE unknown. A column that is known everywhere stays where it is."""
        column = self.column(name, layout.MONEY)
        if column is None:
            return _all(c.NONE, rows)
        if column.null_count == 0 and rows is self.rows:
            values = np.frombuffer(column.buffers()[1], dtype=np.int64)  # the low half of a decimal holds every amount
            return values[2 * column.offset : 2 * (column.offset + len(column)) : 2]
        into = self.encoder.room(len(rows))
        _take_money(*_numbers(column), rows, into)
        return into

    def words(self, name: str, rows: Ints, number: Callable[[str], int | None], unknown: int = -1) -> Ints:
        """A number for each text, by distinct texts; odd where ``number`` has none, or no text stands and ``unknown`` is NONE."""
        column = self.column(name)
        if column is None:
            self.suspect(np.full(len(rows), unknown == c.NONE), rows)
            return _all(unknown, rows)
        if isinstance(column, pa.DictionaryArray) and len(column.dictionary) > len(column):
            column = column.cast(pa.string())  # most of its words stand in other partitions
        if not isinstance(column, pa.DictionaryArray):
            column = column.dictionary_encode()
        numbers, places = [number(text) for text in column.dictionary.to_pylist()], column.indices.cast(pa.int32())
        table = np.array([c.NONE if one is None else one for one in numbers], dtype=np.int64)
        into = self.encoder.room(len(rows))
        if _take_words(*_numbers(places), rows, table, unknown, into):
            bad = into == c.NONE
            self.suspect(bad, rows)
            into[bad] = unknown
        return into

    def keys(self, name: str, rows: Ints, *, required: bool = False) -> Ints:
        """The keys of texts; 0 where there is none."""
        column = self.column(name, pa.string())
        if column is None:
            self.suspect(np.full(len(rows), required), rows)
            return _all(0, rows)
        self.suspect(odd_texts(column, rows, required=required), rows)
        return text_keys(column, rows, self.encoder.room(len(rows)))

    def suspect(self, bad: NDArray[np.bool_], rows: Ints) -> None:
        """Mark the persons of what is bad in some rows."""
        if bad.any():
            self.odd[self.person[rows[bad]]] = 1

    def starts(self, rows: Ints) -> Ints:
        """For each person where its part of these rows begins, and the end of all."""
        if rows is self.rows:
            return np.append(self.first_row, len(rows))
        counts = np.bincount(self.person[rows], minlength=len(self.first_row))
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    def put(self, part: int, columns: dict[int, Ints]) -> None:
        """Columns of a part of the facts."""
        for column, numbers in columns.items():
            self.facts.put(part + column, numbers)

    # -- the parts ----------------------------------------------------------------------------------------------------

    def encoded(self) -> Encoded:
        """All facts."""
        own = [name for name in self.table.column_names if name.startswith("x_")]
        cover_rows = self.present(layout.COVER)
        event_rows = self.present([*layout.EVENT, *layout.AMOUNTS, *own])
        counter_rows = self.present(layout.OPENING)
        paid_rows = self.present(layout.PAID)
        self.suspect(odd_texts(self.table.column("case"), self.first_row, required=True), self.first_row)
        self.member()
        self.covers(cover_rows)
        event_keys = self.events(event_rows)
        self.amounts(event_rows, own)
        self.opening(counter_rows)
        sets, category_start, categories = self.encoder.diagnoses.arrays()
        self.facts.put(X.diagnosis_sets, sets)
        self.facts.put(X.category_start, category_start)
        self.facts.put(X.categories, categories)
        self.facts.put(X.operation_sets, self.encoder.operations.arrays()[0])
        events = self.starts(event_rows)
        starts = {FS.covers: self.starts(cover_rows), FS.events: events, FS.counters: self.starts(counter_rows)}
        self.put(X.starts, starts)
        payments = self.payments(paid_rows, event_keys) if len(paid_rows) else None
        return Encoded(self.facts, self.odd, self.first_row, event_rows, events, payments)

    def member(self) -> None:
        """Facts of the persons, from their first rows."""
        first, program = self.first_row, self.program
        for name in layout.MEMBER:
            self.same_for_all(name)
        self.put(
            X.persons,
            {
                FP.birth: self.dates("member_birth_date", first),
                FP.sex: self.words("member_sex", first, _one_of(c.SEXES)),
                FP.employment: self.words("member_employment", first, _one_of(c.EMPLOYED)),
                FP.insurance: self.words("member_basic_insurance", first, _one_of(c.INSURED)),
                FP.groups: self.words("member_groups", first, _mask_of(program.groups), 0),
                FP.relation: self.words("member_relation", first, _one_of(c.RELATED), 0),
            },
        )

    def same_for_all(self, name: str) -> None:
        """Further rows of a person must not say otherwise than the first."""
        column = self.column(name)
        if column is None or len(self.first_row) == len(self.rows):
            return
        in_first = _count_known(*_numbers(column), self.first_row)
        if in_first == len(column) - column.null_count:
            return
        said = column.is_valid().to_numpy(zero_copy_only=False)
        said[self.first_row] = False
        if isinstance(column, pa.DictionaryArray):
            column = column.cast(pa.string())
        own = column.take(pa.array(self.first_row[self.person]))
        same = pc.fill_null(pc.equal(column, own), False).to_numpy(zero_copy_only=False)
        self.suspect(said & ~same, self.rows)

    def covers(self, rows: Ints) -> None:
        """Facts of the covers."""
        program = self.program
        self.put(
            X.covers,
            {
                FC.plan: self.words("cover_plan", rows, self.plan),
                FC.units: self.whole("cover_units", rows, 1, 1, 10_000),
                FC.start: self.dates("cover_from", rows, required=True),
                FC.until: self.dates("cover_until", rows, required=True),
                FC.joined: self.dates("cover_joined_on", rows),
                FC.periods: self.whole("cover_consecutive_periods", rows, -1, 1, 1000),
                FC.option: self.words("cover_option", rows, _text_of(program.options)),
                FC.risk: self.words("cover_risk_class", rows, _text_of(program.risks)),
                FC.combination: self.words("cover_combination", rows, program.combination_numbers.get),
            },
        )

    def plan(self, name: str) -> int | None:
        """The number of a plan that was loaded; a combination as -2 - number."""
        if name in self.program.library.combinations:
            return -2 - self.program.combination_numbers[name]
        return self.program.plan_numbers.get(name) if name in self.program.library.plans else None

    def events(self, rows: Ints) -> Ints:
        """Facts of the events; gives their keys."""
        program, encoder = self.program, self.encoder
        event_keys = self.keys("event", rows, required=True)
        self.put(
            X.events,
            {
                FE.key: event_keys,
                FE.kind: self.words("kind", rows, program.kind, c.NONE),
                FE.level: self.whole("hospital_level", rows, -1, 1, 3),
                FE.diagnoses: self.words("diagnoses", rows, encoder.diagnoses.row),
                FE.operations: self.words("operations", rows, encoder.operations.row),
                FE.severity: self.words("severity", rows, _text_of(program.severities)),
                FE.accident: self.flag("accident", rows),
                FE.grade: self.whole("disability_grade", rows, -1, 1, 10),
                FE.cause: self.keys("cause", rows),
                FE.rest_days: self.whole("rest_days", rows, -1, 0, 36_600),
                FE.circumstances: self.words("circumstances", rows, _mask_of(program.circumstances), 0),
                FE.settled: self.flag("settled_by_insurance", rows),
                FE.reverses: self.keys("reverses", rows),
                FE.replaces: self.keys("replaces", rows),
            },
        )
        for place, name in enumerate(c.DATES):
            self.facts.put(X.events + FE.dates + place, self.dates(name, rows, required=name == "started_on"))
        return event_keys

    def amounts(self, rows: Ints, own: list[str]) -> None:
        """Amounts of the events; one that no plan reads must still not be negative, which only its event may excuse."""
        for name in [*c.AMOUNT_NAMES, *own]:
            fen = self.money(name, rows)
            if name in c.AMOUNT_NAMES:
                self.facts.put(X.amounts + c.AMOUNT_NAMES.index(name), fen)
            elif name in self.program.own_amounts.numbers:
                self.facts.put(X.amounts + c.STANDARD_AMOUNTS + self.program.own_amounts.numbers[name], fen)
            else:
                self.suspect((fen < 0) & (fen != c.NONE), rows)

    def opening(self, rows: Ints) -> None:
        """Counters of the openings."""
        if len(rows) == 0:
            return
        counters, at = self.encoder.counters, pa.array(rows)
        family, counter = (self.texts(name).take(at) for name in ("opening_family", "opening_counter"))
        joined = pc.binary_join_element_wise(family, counter, "\n").dictionary_encode()
        numbers = [counters.number(text) for text in joined.dictionary.to_pylist()]
        number = _looked_up([one[0] for one in numbers], joined, -2)
        scale = _looked_up([one[1] for one in numbers], joined, 0)
        scopes = self.words("opening_key", rows, counters.scope)
        keys = self.words("opening_key", rows, counters.key)
        amount = self.money("opening_amount", rows)
        counted = self.whole("opening_count", rows, c.NONE, 0, 10**6)
        wants_money = scale > 0
        used = np.where(wants_money, amount, counted)
        other = np.where(wants_money, counted, amount)
        bad = (number == -2) | (used == c.NONE) | (other != c.NONE) | (used < 0) | (used > c.SAFE_FEN) | (scopes < 0)
        every = np.arange(len(rows))
        bad |= odd_texts(family, every, required=True) | odd_texts(counter, every, required=True)
        self.dates("opening_last_on", rows)
        self.suspect(bad, rows)
        used = np.where(bad, 0, used)
        number = np.where((number < 0) | bad, -1, number * 8 + scopes)
        self.put(X.counters, {FO.number: number, FO.key: keys, FO.used: used * np.maximum(scale, 1)})

    def payments(self, rows: Ints, event_keys: Ints) -> Payments:
        """What was paid before."""
        at, every = pa.array(rows), np.arange(len(rows))
        plan, benefit = (self.texts(name).take(at) for name in ("paid_plan", "paid_benefit"))
        for column in (plan, benefit):
            self.suspect(odd_texts(column, every, required=True), rows)
        joined = pc.binary_join_element_wise(plan, benefit, "\n").dictionary_encode()
        numbers = {f"{plan}\n{benefit}": i for i, (plan, benefit) in enumerate(self.program.lines)}
        number = _looked_up([numbers.get(text, -1) for text in joined.dictionary.to_pylist()], joined, -1)
        fen = self.money("paid_amount", rows)
        self.suspect((fen < -c.SAFE_FEN) | (fen > c.SAFE_FEN), rows)
        return Payments(self.person[rows], self.keys("paid_event", rows, required=True), number, fen, event_keys)

    def texts(self, name: str) -> Any:
        """A column of texts, also when it says nothing."""
        column = self.column(name, pa.string())
        return pa.nulls(len(self.rows), pa.string()) if column is None else column


def _all(number: int, rows: Ints) -> Ints:
    """One number for all rows, which takes no memory."""
    return np.broadcast_to(np.int64(number), (len(rows),))


def _numbers(column: Any) -> tuple[int, int, int]:
    """Where the numbers of an Arrow array lie, where the bits that say which are known (0: all are), and its offset. Who asks
    must keep the array: an address does not."""
    bits, numbers = column.buffers()[:2]
    known = bits.address if bits is not None and column.null_count else 0
    return (numbers.address if numbers is not None else 0), known, column.offset


def _looked_up(values: list[int], column: Any, unknown: int) -> Ints:
    table = np.array([*values, unknown], dtype=np.int64)
    found: Ints = table[pc.fill_null(column.indices, len(values)).to_numpy()]
    return found


def _one_of(words: tuple[str, ...]) -> Callable[[str], int | None]:
    numbers = {word: i for i, word in enumerate(words)}
    return numbers.get


def _text_of(words: Words) -> Callable[[str], int | None]:
    """The number of a word; one that no plan names is ``OTHER``; a text that is none is odd."""

    def number(text: str) -> int | None:
        good = text.strip() and len(text) <= TEXT_MOST and text.isprintable()
        return words.numbers.get(text, c.OTHER) if good else None

    return number


def _mask_of(words: Words) -> Callable[[str], int | None]:
    """Bits of the words of a list that any plan names; a word that is none is odd."""

    def mask(text: str) -> int | None:
        listed = text.split(layout.SEPARATOR) if text else []
        if not all(0 < len(word) <= TEXT_MOST for word in listed):
            return None
        return sum({1 << words.numbers[word] for word in listed if word in words.numbers})

    return mask


@njit
def _known(bits: int, at: int) -> bool:
    """Is the bit of a number set, or are there none?"""
    return bits == 0 or (lent(bits, np.uint8)[at >> 3] >> (at & 7)) & 1 == 1


@njit(cache=True, nogil=True)
def _count_known(_numbers: int, bits: int, offset: int, rows: Ints) -> int:
    found = 0
    for i in range(len(rows)):
        if _known(bits, offset + rows[i]):
            found += 1
    return found


@njit(cache=True, nogil=True)
def _take_days(
    numbers: int, bits: int, offset: int, rows: Ints, required: bool, person: Ints, odd: Ints, into: Ints
) -> None:
    """Days since 1970 to ordinals; those outside the calendar are odd, and unknown ones that are required."""
    days = lent(numbers, np.int32)
    for i in range(len(rows)):
        at, day = offset + rows[i], 0
        if _known(bits, at):
            day = days[at] + np.int64(EPOCH)
            if day < 0 or day > MAX:
                odd[person[rows[i]]] = 1
                day = 0
        if required and day == 0:
            odd[person[rows[i]]] = 1
        into[i] = day


@njit(cache=True, nogil=True)
def _take_whole(
    numbers: int,
    bits: int,
    offset: int,
    rows: Ints,
    unknown: int,
    least: int,
    most: int,
    person: Ints,
    odd: Ints,
    into: Ints,
) -> None:
    """Whole numbers; those out of bounds are odd."""
    values = lent(numbers, np.int32)
    for i in range(len(rows)):
        at = offset + rows[i]
        into[i] = unknown
        if _known(bits, at):
            if least <= values[at] <= most:
                into[i] = values[at]
            else:
                odd[person[rows[i]]] = 1


@njit(cache=True, nogil=True)
def _take_flags(numbers: int, bits: int, offset: int, rows: Ints, into: Ints) -> None:
    """Bits to 1, 0, and -1 where unknown."""
    for i in range(len(rows)):
        at = offset + rows[i]
        into[i] = (1 if _known(numbers, at) else 0) if _known(bits, at) else -1


@njit(cache=True, nogil=True)
def _take_money(numbers: int, bits: int, offset: int, rows: Ints, into: Ints) -> None:
    """The low halves of decimals."""
    fen = lent(numbers, np.int64)
    for i in range(len(rows)):
        at = offset + rows[i]
        into[i] = fen[2 * at] if _known(bits, at) else c.NONE


@njit(cache=True, nogil=True)
def _take_words(numbers: int, bits: int, offset: int, rows: Ints, table: Ints, unknown: int, into: Ints) -> bool:
    """What a table says of numbered words. True when it says ``NONE`` of any."""
    places, bad = lent(numbers, np.int32), False
    for i in range(len(rows)):
        at = offset + rows[i]
        into[i] = unknown
        if _known(bits, at):
            into[i] = table[places[at]]
        bad = bad or into[i] == c.NONE
    return bad


@njit(cache=True, nogil=True)
def _plain_texts(offsets: int, data: int, bits: int, offset: int, rows: Ints, plain: Any) -> None:
    """Marks texts of printable ASCII that are neither blank nor too long; where null stands there may be letters, too."""
    ends, letters = lent(offsets, np.int32), lent(data, np.uint8)
    for i in range(len(rows)):
        if not _known(bits, offset + rows[i]):
            continue
        start, end = ends[offset + rows[i]], ends[offset + rows[i] + 1]
        good, blank = 0 < end - start <= TEXT_MOST, True
        if good:
            for j in range(start, end):
                byte = letters[j]
                if byte < 32 or byte > 126:
                    good = False
                    break
                if byte != 32:
                    blank = False
        plain[i] = good and not blank


@njit(cache=True, nogil=True)
def _hash_texts(offsets: int, data: int, bits: int, offset: int, rows: Ints, keys: Ints) -> None:
    ends, letters = lent(offsets, np.int32), lent(data, np.uint8)
    for i in range(len(rows)):
        at = offset + rows[i]
        keys[i] = 0
        if _known(bits, at):
            value = np.uint64(0xCBF29CE484222325)
            for j in range(ends[at], ends[at + 1]):
                value = (value ^ np.uint64(letters[j])) * np.uint64(0x100000001B3)
            keys[i] = np.int64(value >> np.uint64(4))


def odd_texts(column: Any, rows: Ints, *, required: bool) -> NDArray[np.bool_]:
    """Which texts in some rows are none as the contract has them: blank, too long, not printable, or missing."""
    column = one_text(column)
    plain = np.zeros(len(rows), dtype=bool)
    _, offsets, data = column.buffers()
    if len(rows):
        _, known, offset = _numbers(column)
        _plain_texts(offsets.address, data.address if data is not None else 0, known, offset, rows, plain)
    odd = ~plain
    for place in np.flatnonzero(odd):
        text = column[int(rows[place])].as_py()
        odd[place] = required if text is None else not (text.strip() and len(text) <= TEXT_MOST and text.isprintable())
    return odd


def text_keys(column: Any, rows: Ints | None = None, keys: Ints | None = None) -> Ints:
    """``text_key`` of every text, or of those in some rows; 0 where there is none. ``keys``: where they shall stand."""
    column = one_text(column)
    rows = np.arange(len(column)) if rows is None else rows
    keys = np.zeros(len(rows), dtype=np.int64) if keys is None else keys
    _, offsets, data = column.buffers()
    if len(rows):
        _, known, offset = _numbers(column)
        _hash_texts(offsets.address, data.address if data is not None else 0, known, offset, rows, keys)
    return keys


def one_text(column: Any) -> Any:
    """Texts as one array."""
    column = column.cast(pa.string())
    if not isinstance(column, pa.ChunkedArray):
        return column
    column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        return column.chunk(0) if column.num_chunks else pa.nulls(0, pa.string())
    return column
