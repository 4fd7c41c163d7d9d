"""Flat columns of one partition to the kernel's arrays, and who must be looked at by the explained engine.

Everything here goes by whole columns; only distinct texts (codes, words, keys) are looked at one by one, and remembered.
Who has anything out of the ordinary, a fault for instance, is marked as odd and not judged here.
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
from benefit_engine.columns.arrays import EVENT_WIDTH, FC, FE, FP, FS, Facts, Ints
from benefit_engine.columns.dates import MAX
from benefit_engine.columns.program import Program, Words, laid_out
from benefit_engine.columns.words import CodeBook, Counters
from benefit_engine.fact_reader import TEXT_MOST

Flags = NDArray[np.bool_]
EPOCH = 719_163
"""The ordinal of 1 January 1970, from which Arrow counts days."""


class Encoded(NamedTuple):
    """A partition for the kernel: ``flat`` facts with the parts that they are; ``odd`` by person, ``first_row`` of each person,
    ``event_row`` of each event."""

    flat: Ints
    facts: Facts
    odd: Ints
    first_row: Ints
    event_row: Ints


class Encoder:
    """Turns partitions into arrays for one program; remembers the texts that it has met. One for each thread."""

    def __init__(self, program: Program, keys: int) -> None:
        self.program = program
        self.diagnoses = CodeBook(program, "diagnoses")
        self.operations = CodeBook(program, "operations")
        self.counters = Counters(program, keys)

    def encode(self, table: pa.Table) -> Encoded:
        """The arrays of a partition: whole cases, each a run of rows."""
        return _Encoding(self, table).encoded()


class _Encoding:
    def __init__(self, encoder: Encoder, table: pa.Table) -> None:
        self.encoder = encoder
        self.program = encoder.program
        self.table = table
        self.rows = table.num_rows
        case = self.column("case")
        self.first_row = layout.first_rows(case)
        self.person = np.repeat(np.arange(len(self.first_row)), np.diff(np.append(self.first_row, self.rows)))
        self.odd = np.zeros(len(self.first_row), dtype=np.int64)
        self.suspect(self.odd_texts(case, required=True), self.person)

    # -- columns ------------------------------------------------------------------------------------------------------

    def column(self, name: str) -> Any:
        """A column as one array; all unknown when the table has none of that name."""
        if name not in self.table.column_names:
            kind = layout.CASES.get(name, layout.MONEY)
            return pa.nulls(self.rows, kind)
        column = self.table.column(name)
        array = column.combine_chunks()
        return array.chunk(0) if isinstance(array, pa.ChunkedArray) else array

    def present(self, names: Iterable[str]) -> NDArray[np.int64]:
        """The rows in which any of these columns says something."""
        found = np.zeros(self.rows, dtype=bool)
        for name in names:
            if name in self.table.column_names:
                column = self.column(name)
                if column.null_count == 0:
                    return np.arange(self.rows)
                if column.null_count < self.rows:
                    found |= column.is_valid().to_numpy(zero_copy_only=False)
        return np.flatnonzero(found)

    def at(self, name: str, rows: Ints) -> Any:
        """A column in some rows."""
        column = self.column(name)
        return column if len(rows) == self.rows else column.take(pa.array(rows))

    def whole(self, name: str, rows: Ints, unknown: int, least: int, most: int) -> Ints:
        """Whole numbers; out of bounds is odd."""
        column = self.at(name, rows)
        values = pc.fill_null(column.cast(pa.int64()), unknown).to_numpy()
        bad = (values < least) | (values > most)
        if column.null_count:
            bad &= column.is_valid().to_numpy(zero_copy_only=False)
        self.suspect(bad, self.person[rows])
        return np.where(bad, unknown, values)

    def flag(self, name: str, rows: Ints) -> Ints:
        """Yes or no; -1 unknown."""
        column = self.at(name, rows)
        answers: Ints = pc.fill_null(column.cast(pa.int8()), -1).to_numpy()
        return answers

    def dates(self, name: str, rows: Ints, *, required: bool = False) -> Ints:
        """Ordinals; 0 unknown."""
        column = self.at(name, rows)
        days = pc.fill_null(column.cast(pa.int32()), -EPOCH).to_numpy() + EPOCH
        bad = (days < 0) | (days > MAX)
        if required:
            bad |= days == 0
        self.suspect(bad, self.person[rows])
        return np.where(bad, 0, days)

    def money(self, name: str, rows: Ints) -> Ints:
        """Fen; NONE unknown."""
        column = self.at(name, rows).cast(layout.MONEY)
        low = np.frombuffer(column.buffers()[1], dtype=np.int64)[
            2 * column.offset : 2 * (column.offset + len(column)) : 2
        ]
        if column.null_count == 0:
            return low
        return np.where(column.is_valid().to_numpy(zero_copy_only=False), low, c.NONE)

    def words(self, name: str, rows: Ints, number: Callable[[str], int | None], unknown: int = -1) -> Ints:
        """A number for each text, by distinct texts; odd where ``number`` has none."""
        column = self.at(name, rows)
        if column.null_count == len(column):
            return np.full(len(column), unknown, dtype=np.int64)
        if not isinstance(column, pa.DictionaryArray):
            column = column.dictionary_encode()
        numbers = [number(text) for text in column.dictionary.to_pylist()]
        table = np.array([c.NONE if one is None else one for one in numbers] + [unknown], dtype=np.int64)
        places = pc.fill_null(column.indices, len(numbers)).to_numpy()
        values: Ints = table[places]
        bad = values == c.NONE
        if bad.any():
            self.suspect(bad, self.person[rows])
            values = np.where(bad, unknown, values)
        return values

    def keys(self, name: str, rows: Ints, *, required: bool = False) -> Ints:
        """The keys of texts; 0 where there is none."""
        column = self.at(name, rows)
        if column.null_count == len(column) and not required:
            return np.zeros(len(column), dtype=np.int64)
        self.suspect(self.odd_texts(column, required=required), self.person[rows])
        return text_keys(column)

    def odd_texts(self, column: Any, *, required: bool) -> Flags:
        """Which texts are none as the contract has them: blank, too long, not printable."""
        column = column.cast(pa.string())
        valid = (
            column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else np.ones(len(column), dtype=bool)
        )
        plain = np.zeros(len(column), dtype=bool)
        _, offsets, data = column.buffers()
        if len(column):
            places = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
            plain_texts(
                places, np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(1, np.uint8), plain
            )
        for place in np.flatnonzero(~plain & valid):
            text = column[int(place)].as_py()
            plain[place] = bool(text.strip()) and len(text) <= TEXT_MOST and text.isprintable()
        return ~plain & (valid | required)

    def suspect(self, bad: Flags, persons: Ints) -> None:
        """Mark the persons of what is bad."""
        if bad.any():
            self.odd[persons[bad]] = 1

    def starts(self, rows: Ints) -> Ints:
        """For each person where its part of these rows begins, and the end of all."""
        counts = np.bincount(self.person[rows], minlength=len(self.first_row))
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    # -- the parts ----------------------------------------------------------------------------------------------------

    def encoded(self) -> Encoded:
        """All arrays."""
        own = [name for name in self.table.column_names if name.startswith("x_")]
        cover_rows = self.present(layout.COVER)
        event_rows = self.present([*layout.EVENT, *layout.AMOUNTS, *own])
        counter_rows = self.present(layout.OPENING)
        self.odd[self.person[self.present(layout.PAID)]] = 1
        diagnoses = self.words("diagnoses", event_rows, self.encoder.diagnoses.row)
        operations = self.words("operations", event_rows, self.encoder.operations.row)
        persons, events = len(self.first_row), len(event_rows)
        small = Facts(
            persons=_room(persons, len(FP)),
            covers=_room(len(cover_rows), len(FC)),
            events=_room(events, EVENT_WIDTH),
            starts=_room(persons + 1, len(FS)),
            amounts=_room(events, c.STANDARD_AMOUNTS + len(self.program.own_amounts.numbers)),
            counters=self.opening(counter_rows),
            diagnosis_sets=self.encoder.diagnoses.sets(),
            operation_sets=self.encoder.operations.sets(),
            category_start=self.encoder.diagnoses.category_start(),
            categories=self.encoder.diagnoses.categories(),
        )
        # The large parts are filled where the kernel reads them, so that nothing of them is copied.
        whole, parts = laid_out(small)
        facts = Facts(*parts)
        for place in _COPIED:
            parts[place][...] = small[place]
        self.member(facts.persons)
        birth = facts.persons[:, FP.birth]
        self.covers(facts.covers, cover_rows, birth)
        facts.events[:, FE.diagnoses], facts.events[:, FE.operations] = diagnoses, operations
        self.events(facts.events, event_rows, birth)
        for column, rows in ((FS.covers, cover_rows), (FS.events, event_rows), (FS.counters, counter_rows)):
            facts.starts[:, column] = self.starts(rows)
        self.amounts(facts.amounts, event_rows, facts.events[:, FE.reverses], own)
        return Encoded(whole, facts, self.odd, self.first_row, event_rows)

    def member(self, found: Ints) -> None:
        """Facts of the persons, from their first rows."""
        first = self.first_row
        for name in layout.MEMBER:
            self.same_for_all(name)
        found[:, FP.birth] = self.dates("member_birth_date", first)
        found[:, FP.sex] = self.words("member_sex", first, _one_of(c.SEXES))
        found[:, FP.employment] = self.words("member_employment", first, _one_of(c.EMPLOYED))
        found[:, FP.insurance] = self.words("member_basic_insurance", first, _one_of(c.INSURED))
        found[:, FP.groups] = self.words("member_groups", first, _mask_of(self.program.groups), 0)
        found[:, FP.relation] = self.words("member_relation", first, _one_of(c.RELATED), 0)

    def same_for_all(self, name: str) -> None:
        """Further rows of a person must not say otherwise than the first."""
        if name not in self.table.column_names or len(self.first_row) == self.rows:
            return
        column = self.column(name)
        said = column.is_valid().to_numpy(zero_copy_only=False) if column.null_count else np.ones(self.rows, dtype=bool)
        said[self.first_row] = False
        if not said.any():
            return
        if isinstance(column, pa.DictionaryArray):
            column = column.cast(pa.string())
        own = column.take(pa.array(self.first_row[self.person]))
        same = pc.fill_null(pc.equal(column, own), False).to_numpy(zero_copy_only=False)
        self.suspect(said & ~same, self.person)

    def covers(self, found: Ints, rows: Ints, birth: Ints) -> None:
        """Facts of the covers."""
        program, person = self.program, self.person[rows]
        start = self.dates("cover_from", rows, required=True)
        until = self.dates("cover_until", rows, required=True)
        joined = self.dates("cover_joined_on", rows)
        self.suspect((until <= start) | (joined >= until) | (start < birth[person]), person)
        found[:, FC.plan] = self.words("cover_plan", rows, self.plan)
        found[:, FC.units] = self.whole("cover_units", rows, 1, 1, 10_000)
        found[:, FC.start], found[:, FC.until], found[:, FC.joined] = start, until, joined
        found[:, FC.periods] = self.whole("cover_consecutive_periods", rows, -1, 1, 1000)
        found[:, FC.option] = self.words("cover_option", rows, _text_of(program.options))
        found[:, FC.risk] = self.words("cover_risk_class", rows, _text_of(program.risks))
        found[:, FC.combination] = self.words("cover_combination", rows, program.combination_numbers.get)

    def plan(self, name: str) -> int | None:
        """The number of a plan that was loaded; a combination as -2 - number."""
        if name in self.program.library.combinations:
            return -2 - self.program.combination_numbers[name]
        return self.program.plan_numbers.get(name) if name in self.program.library.plans else None

    def events(self, found: Ints, rows: Ints, birth: Ints) -> None:
        """Facts of the events."""
        program, person = self.program, self.person[rows]
        dates = found[:, FE.dates :]
        for place, name in enumerate(c.DATES):
            dates[:, place] = self.dates(name, rows, required=name == "started_on")
        start, end = dates[:, c.STARTED], dates[:, c.ENDED]
        bad = start < birth[person]
        for place in (c.ENDED, c.SETTLED, c.FILED, c.REPORTED):
            bad |= (dates[:, place] != 0) & (dates[:, place] < start)
        bad |= dates[:, c.ACCIDENT_ON] > np.where(end != 0, end, start)
        self.suspect(bad, person)
        found[:, FE.key] = self.keys("event", rows, required=True)
        found[:, FE.kind] = self.words("kind", rows, program.kind, c.NONE)
        found[:, FE.level] = self.whole("hospital_level", rows, -1, 1, 3)
        found[:, FE.severity] = self.words("severity", rows, _text_of(program.severities))
        found[:, FE.accident] = self.flag("accident", rows)
        found[:, FE.grade] = self.whole("disability_grade", rows, -1, 1, 10)
        found[:, FE.cause] = self.keys("cause", rows)
        found[:, FE.rest_days] = self.whole("rest_days", rows, -1, 0, 36_600)
        found[:, FE.circumstances] = self.words("circumstances", rows, _mask_of(program.circumstances), 0)
        found[:, FE.settled] = self.flag("settled_by_insurance", rows)
        found[:, FE.reverses] = self.keys("reverses", rows)
        found[:, FE.replaces] = self.keys("replaces", rows)

    def amounts(self, found: Ints, rows: Ints, reverses: Ints, own: list[str]) -> None:
        """Amounts of the events, a row each; negative ones, and sums too large for 64 bits, are odd."""
        program, person = self.program, self.person[rows]
        found[...] = c.NONE
        total = np.zeros(len(rows), dtype=np.int64)
        negative = np.zeros(len(rows), dtype=bool)
        nowhere = np.empty((len(rows), 1), dtype=np.int64)
        for name in [*c.AMOUNT_NAMES, *own]:
            if name not in self.table.column_names:
                continue
            if name in c.AMOUNT_NAMES:
                into = found[:, c.AMOUNT_NAMES.index(name)]
            elif name in program.own_amounts.numbers:
                into = found[:, c.STANDARD_AMOUNTS + program.own_amounts.numbers[name]]
            else:
                into = nowhere[:, 0]
            _take_amounts(self.money(name, rows), into, total, negative)
        self.suspect(negative & (reverses == 0), person)
        self.odd[_sums(person, total, len(self.first_row)) > c.SAFE_FEN] = 1

    def opening(self, rows: Ints) -> Ints:
        """Counters of the openings."""
        if len(rows) == 0:
            return np.zeros((0, 3), dtype=np.int64)
        counters = self.encoder.counters
        family = self.at("opening_family", rows).cast(pa.string())
        counter = self.at("opening_counter", rows).cast(pa.string())
        joined = pc.binary_join_element_wise(family, counter, "\n").dictionary_encode()
        numbers = [counters.number(text) for text in joined.dictionary.to_pylist()]
        number = _looked_up([one[0] for one in numbers], joined, -2)
        scale = _looked_up([one[1] for one in numbers], joined, 0)
        scopes = self.words("opening_key", rows, counters.scope)
        keys = self.words("opening_key", rows, counters.key)
        amount, count = self.money("opening_amount", rows), self.at("opening_count", rows).cast(pa.int64())
        counted = pc.fill_null(count, c.NONE).to_numpy()
        wants_money = scale > 0
        used = np.where(wants_money, amount, counted)
        other = np.where(wants_money, counted, amount)
        bad = (number == -2) | (used == c.NONE) | (other != c.NONE) | (used < 0) | (used > c.SAFE_FEN) | (scopes < 0)
        bad |= ~wants_money & (used > 10**6)
        bad |= self.odd_texts(family, required=True) | self.odd_texts(counter, required=True)
        self.dates("opening_last_on", rows)
        self.suspect(bad, self.person[rows])
        used = np.where(bad, 0, used)
        number = np.where((number < 0) | bad, -1, number * 8 + scopes)
        return np.column_stack([number, keys, used * np.maximum(scale, 1)])


_COPIED = tuple(Facts._fields.index(name) for name in Facts._fields[5:])
"""The small parts of the facts, by their places: all after the amounts."""


def _room(rows: int, width: int) -> Ints:
    """The shape of an array that takes no memory."""
    return np.broadcast_to(np.int64(0), (rows, width))


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


@njit(cache=True, nogil=True)
def _take_amounts(values: Ints, into: Ints, total: Ints, negative: Any) -> None:
    """One column of amounts to its place; adds up how large they are, and marks those below zero."""
    for i in range(len(values)):
        fen = values[i]
        into[i] = fen
        if fen != c.NONE:
            if fen < 0:
                negative[i] = True
            total[i] += min(abs(fen), c.SAFE_FEN + 1)


@njit(cache=True)
def _sums(person: Ints, values: Ints, persons: int) -> Ints:
    """Sums of whole numbers by person."""
    found = np.zeros(persons, dtype=np.int64)
    for i in range(len(person)):
        found[person[i]] += values[i]
    return found


@njit(cache=True, nogil=True)
def plain_texts(offsets: Any, data: Any, plain: Any) -> None:
    """Marks texts of printable ASCII that are neither blank nor too long."""
    for i in range(len(plain)):
        start, end = offsets[i], offsets[i + 1]
        good, blank = 0 < end - start <= TEXT_MOST, True
        for j in range(start, end):
            byte = data[j]
            if byte < 32 or byte > 126:
                good = False
                break
            if byte != 32:
                blank = False
        plain[i] = good and not blank


@njit(cache=True, nogil=True)
def _hash_texts(offsets: Any, data: Any, keys: Any) -> None:
    for i in range(len(keys)):
        value = np.uint64(0xCBF29CE484222325)
        for j in range(offsets[i], offsets[i + 1]):
            value = (value ^ np.uint64(data[j])) * np.uint64(0x100000001B3)
        keys[i] = np.int64(value >> np.uint64(4))


def text_keys(column: Any) -> Ints:
    """``text_key`` of every text; 0 where there is none."""
    column = column.cast(pa.string())
    keys = np.zeros(len(column), dtype=np.int64)
    if len(column) == 0:
        return keys
    _, offsets, data = column.buffers()
    places = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    _hash_texts(places, np.frombuffer(data, dtype=np.uint8) if data is not None else np.zeros(1, np.uint8), keys)
    if column.null_count:
        keys[~column.is_valid().to_numpy(zero_copy_only=False)] = 0
    return keys
