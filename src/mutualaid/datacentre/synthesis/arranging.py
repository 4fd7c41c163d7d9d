"""A block's arrays arranged as the flat columns of cases (``benefit_engine.columns.layout``): one Arrow table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from benefit_engine.columns.codes import AMOUNT_NAMES, NONE
from benefit_engine.columns.layout import CASES, MONEY, cases_schema
from mutualaid.datacentre.synthesis import tables as t
from mutualaid.datacentre.synthesis.covering import Covers
from mutualaid.datacentre.synthesis.faults import NO_EVENT
from mutualaid.datacentre.synthesis.happenings import Frame
from mutualaid.datacentre.synthesis.offers import Offer
from mutualaid.datacentre.synthesis.people import Ints, People, case_ids
from mutualaid.datacentre.synthesis.standing import Paid, Taken


def places_within(owner: Ints) -> Ints:
    """Place of each row among those of its owner, from 0; rows of an owner stand together."""
    new = np.r_[True, owner[1:] != owner[:-1]][: len(owner)]
    first = np.maximum.accumulate(np.where(new, np.arange(len(owner)), 0))
    return np.arange(len(owner)) - first


class Sheet:
    """Columns of ``rows`` rows, each filled at the rows of one part of the cases (members, covers or events)."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.columns: dict[str, pa.Array] = {}

    def days(self, name: str, at: Ints, values: NDArray[np.datetime64]) -> None:
        """Dates; NaT is null."""
        column = np.full(self.rows, np.datetime64("NaT"), dtype="datetime64[D]")
        column[at] = values
        self.columns[name] = pa.array(column)

    def numbers(self, name: str, at: Ints, values: Ints) -> None:
        """Whole numbers; negative is null."""
        column = np.full(self.rows, -1, dtype=np.int32)
        column[at] = values
        self.columns[name] = pa.array(column, mask=column < 0)

    def flags(self, name: str, at: Ints, values: Ints) -> None:
        """1 true, 0 false, negative null."""
        column = np.full(self.rows, -1, dtype=np.int8)
        column[at] = values
        self.columns[name] = pa.array(column == 1, mask=column < 0)

    def words(self, name: str, at: Ints, values: Ints, words: Sequence[str | None]) -> None:
        """Words by their numbers; negative is null."""
        column = np.full(self.rows, -1, dtype=np.int32)
        column[at] = values
        places = pa.array(column, mask=column < 0)
        table = pa.array(list(words) or [None], type=pa.string())
        self.columns[name] = pa.DictionaryArray.from_arrays(places, table).dictionary_decode()

    def texts(self, name: str, at: Ints, values: Sequence[str]) -> None:
        """Texts of a few rows."""
        words = list(dict.fromkeys(values))
        numbers = {word: number for number, word in enumerate(words)}
        self.words(name, at, np.array([numbers[value] for value in values], dtype=np.int64), words)

    def money(self, name: str, at: Ints, values: Ints) -> None:
        """Whole fen to yuan with two decimals; ``NONE`` is null. A decimal is 16 bytes, the low eight first."""
        column = np.full(self.rows, NONE, dtype=np.int64)
        column[at] = values
        wide = np.stack([column, column >> 63], axis=1)
        present = np.packbits(column != NONE, bitorder="little")
        self.columns[name] = pa.Array.from_buffers(MONEY, self.rows, [pa.py_buffer(present), pa.py_buffer(wide)])


def cases_table(
    people: People,
    covers: Covers,
    offers: Sequence[Offer],
    events: Frame,
    taken: Sequence[Taken] = (),
    paid: Sequence[Paid] = (),
) -> pa.Table:
    """The block's cases: rows of a case stand together, its k-th row has its k-th cover, event, counter and payment."""
    n = len(people.sex)
    taken_by, paid_by = (np.array([one.member for one in some], dtype=np.int64) for some in (taken, paid))
    owners = (covers.member, events["member"], taken_by, paid_by)
    rows = np.maximum.reduce([np.ones(n, dtype=np.int64), *(np.bincount(owner, minlength=n) for owner in owners)])
    begin = np.cumsum(rows) - rows
    sheet = Sheet(int(rows.sum()))
    ids = case_ids(people).take(pa.array(np.repeat(people.filed_as, rows)))
    sheet.columns["case"] = ids
    _people(sheet, begin, people)
    _covers(sheet, begin[covers.member] + places_within(covers.member), covers, offers)
    _events(sheet, begin[events["member"]] + places_within(events["member"]), events)
    if taken:
        _taken(sheet, begin[taken_by] + places_within(taken_by), taken)
    if paid:
        _paid(sheet, begin[paid_by] + places_within(paid_by), paid, events["number"])
    nothing = {name: pa.nulls(sheet.rows, kind) for name, kind in CASES.items() if name not in sheet.columns}
    columns = sheet.columns | nothing
    return pa.table([columns[name] for name in CASES], schema=cases_schema())


def _people(sheet: Sheet, at: Ints, people: People) -> None:
    sheet.days("member_birth_date", at, people.birth)
    sheet.words("member_sex", at, people.sex, t.SEX_WORDS)
    sheet.words("member_employment", at, people.employment, t.EMPLOYMENT_WORDS)
    sheet.words("member_basic_insurance", at, people.insurance, t.INSURANCE_WORDS)
    sheet.words("member_groups", at, people.group - 1, people.groups)
    sheet.words("member_relation", at, np.zeros(len(at), dtype=np.int64), ("self",))


def _covers(sheet: Sheet, at: Ints, covers: Covers, offers: Sequence[Offer]) -> None:
    sheet.words("cover_plan", at, covers.plan, [*(offer.plan for offer in offers), t.UNLOADED_PLAN])
    sheet.numbers("cover_units", at, covers.units)
    sheet.days("cover_from", at, covers.start)
    sheet.days("cover_until", at, covers.until)
    sheet.days("cover_joined_on", at, covers.joined)
    sheet.numbers("cover_consecutive_periods", at, covers.periods)
    sheet.words("cover_combination", at, covers.combination, [offer.plan for offer in offers])
    for name, values, choices in (
        ("cover_option", covers.option, [offer.options for offer in offers]),
        ("cover_risk_class", covers.risk, [offer.risks for offer in offers]),
    ):
        # Places within a plan's own choices become places among all plans' choices.
        sizes = np.array([*(len(one) for one in choices), 0])
        shift = (np.cumsum(sizes) - sizes)[covers.plan]
        known = (values >= 0) & (covers.plan < len(offers))
        sheet.words(name, at, np.where(known, values + shift, -1), [word for one in choices for word in one])


def _events(sheet: Sheet, at: Ints, events: Frame) -> None:
    number = events["number"]
    ids = [f"e{i}" for i in range(1, int(number.max(initial=0)) + 1)]
    sheet.words("event", at, number - 1, ids)
    for link in ("cause", "reverses", "replaces"):
        target = np.where(events[link] >= 0, number[events[link]] - 1, -1)
        sheet.words(link, at, np.where(events[link] == NO_EVENT, len(ids), target), [*ids, "e0"])
    sheet.words("kind", at, events["kind"], t.KIND_WORDS)
    for column, name in (
        ("started_on", "started"),
        ("ended_on", "ended"),
        ("settled_on", "settled"),
        ("filed_on", "filed"),
        ("accident_on", "accident_on"),
        ("first_diagnosed_on", "found_on"),
    ):
        sheet.days(column, at, events[name])
    sheet.numbers("hospital_level", at, events["level"])
    sheet.numbers("disability_grade", at, events["grade"])
    sheet.numbers("rest_days", at, events["rest_days"])
    sheet.flags("accident", at, events["accident"])
    sheet.flags("settled_by_insurance", at, events["settled_by"])
    main, second = events["diagnosis"], events["second"]
    lists = [*t.CODES[:-1], *(f"{t.CHEMOTHERAPY};{code}" for code in t.CODES[:-1])]
    sheet.words("diagnoses", at, np.where(second >= 0, second + len(t.DIAGNOSES), main), lists)
    sheet.words("operations", at, events["operation"], t.OPERATIONS)
    sheet.words("severity", at, events["severity"], t.SEVERITIES)
    sheet.words("circumstances", at, events["circumstance"], t.CIRCUMSTANCES)
    for place, name in enumerate(AMOUNT_NAMES):
        sheet.money(name, at, events["amounts"][:, place])


def _taken(sheet: Sheet, at: Ints, taken: Sequence[Taken]) -> None:
    for name, texts in (
        ("opening_family", [one.family for one in taken]),
        ("opening_counter", [one.counter for one in taken]),
        ("opening_key", [one.key for one in taken]),
    ):
        sheet.texts(name, at, texts)
    sheet.money("opening_amount", at, np.array([one.amount for one in taken], dtype=np.int64))
    sheet.numbers("opening_count", at, np.array([one.times for one in taken], dtype=np.int64))
    sheet.days("opening_last_on", at, np.array([one.last_on for one in taken], dtype="datetime64[D]"))


def _paid(sheet: Sheet, at: Ints, paid: Sequence[Paid], number: Ints) -> None:
    sheet.texts("paid_event", at, [f"e{number[one.event]}" for one in paid])
    sheet.texts("paid_plan", at, [one.plan for one in paid])
    sheet.texts("paid_benefit", at, [one.benefit for one in paid])
    sheet.money("paid_amount", at, np.array([one.amount for one in paid], dtype=np.int64))
