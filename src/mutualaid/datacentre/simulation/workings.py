"""The largest changes explained: one person's lines under both versions, with the explained engine's full working.

Cases are taken from the year again by their ids; the engine that explains is the one whose decisions stand as the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

from benefit_engine.columns.layout import cases_of, first_rows
from mutualaid.datacentre.simulation.model import CaseRow
from mutualaid.datacentre.simulation.tables import Tables
from mutualaid.datacentre.simulation.versions import Versions, as_after
from mutualaid.plans.prose.model import Row
from mutualaid.plans.prose.working import english_names, working_rows

EXPLAINED = 3
"""Persons explained among the gains, and among the losses."""


@dataclass(frozen=True, slots=True)
class Told:
    """One line under one version: outcome with reasons, the yuan, and the steps (label, adds, result)."""

    outcome: str
    reasons: str
    amount: str
    steps: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """One event × benefit under both versions; None where the version has no such line."""

    event: str
    benefit: str
    sides: tuple[Told | None, Told | None]


@dataclass(frozen=True, slots=True)
class Explained:
    """One person: heading, what changed, the lines that differ, and how many are the same."""

    title: str
    paid: str
    lines: tuple[Beside, ...]
    same: str
    first: bool
    """The first of its list is shown open."""


def explained(
    cases: ds.Dataset, versions: Versions, rows: Sequence[CaseRow], tables: Tables, *, gains: bool
) -> list[Explained]:
    """The first of these persons, each with the workings of the lines that differ."""
    rows = rows[:EXPLAINED]
    if not rows:
        return []
    say = tables.say
    decided = [_decided(cases, versions, [row.case for row in rows], after=after) for after in (False, True)]
    found = []
    for number, row in enumerate(rows, start=1):
        case, before = decided[0][row.case]
        _, after = decided[1][row.case]
        same, lines = _lines(case, before, after, tables, versions)
        paid = say(
            "work.paid",
            a=say.exact_money(row.paid.before),
            b=say.exact_money(row.paid.after),
            change=say.signed_money(row.paid.change),
        )
        title = say("work.gain" if gains else "work.loss", n=number, case=row.case)
        found.append(Explained(title, paid, tuple(lines), same, number == 1))
    return found


Lines = dict[tuple[str, str], dict[str, Any]]


def _decided(
    cases: ds.Dataset, versions: Versions, ids: list[str], *, after: bool
) -> dict[str, tuple[dict[str, Any], Lines]]:
    """Contract case and its lines of the plan, by case id."""
    table = cases.to_table(filter=pc.field("case").isin(ids)).combine_chunks()
    table = as_after(table, versions) if after else table
    loaded, plan = (versions.after, versions.new) if after else (versions.before, versions.old)
    found = {}
    for case in cases_of(table, first_rows(table["case"].combine_chunks())):
        lines = loaded.engine.decide(loaded.engine.parse(case)).as_dict()["lines"]
        found[case["case"]] = (case, {(line["event"], line["benefit"]): line for line in lines if line["plan"] == plan})
    return found


def _lines(
    case: Mapping[str, Any], before: Lines, after: Lines, tables: Tables, versions: Versions
) -> tuple[str, list[Beside]]:
    """What to say of the lines that are the same, and those that differ, in the order of the decision."""
    say = tables.say
    names = [english_names(document) for document in (versions.old_document, versions.new_document)]
    events = {event["event"]: event for event in case["events"]}
    keys = list(dict.fromkeys([*after, *before]))
    keys.sort(key=lambda key: list(events).index(key[0]))
    differ, same = [], []
    for key in keys:
        lines = (before.get(key), after.get(key))
        amounts = [line["amount"] if line is not None else "0.00" for line in lines]
        if amounts[0] == amounts[1]:
            same.append(amounts[0])
            continue
        sides = [_told(line, names[i], tables) for i, line in enumerate(lines)]
        differ.append(Beside(_event(events[key[0]], tables), tables.benefit_name(key[1]), (sides[0], sides[1])))
    paid = [amount for amount in same if amount != "0.00"]
    total = sum(_fen(amount) for amount in paid)
    return (say("work.same", n=len(paid), amount=say.exact_money(total)) if paid else ""), differ


def _told(line: Mapping[str, Any] | None, names: Mapping[str, str], tables: Tables) -> Told | None:
    if line is None:
        return None
    say = tables.say
    reasons = say.join((say(f"reason.{reason}") for reason in line["reasons"]), "clauses")
    steps = working_rows(line["working"], say, names)
    return Told(say(f"outcome.{line['outcome']}"), reasons, say.exact_money(_fen(line["amount"])), tuple(steps))


def _event(event: Mapping[str, Any], tables: Tables) -> str:
    """``住院，2025年3月1日起，三级医院，个人负担12,000元``."""
    say = tables.say
    parts = [say("work.event", kind=say.title(say.named("kind", event["kind"])), date=event["started_on"])]
    if event.get("hospital_level") is not None:
        parts.append(say("example.level", level=say(f"level.{event['hospital_level']}")))
    amounts = event.get("amounts", {})
    if "self_paid" in amounts:
        burden = _sum(amounts.get(name, "0.00") for name in ("self_paid", "out_of_scope"))
        parts.append(say("work.burden", amount=say.exact_money(burden)))
    return say("sim.comma").join(parts)


def _sum(amounts: Iterable[str]) -> int:
    return sum(_fen(amount) for amount in amounts)


def _fen(text: str) -> int:
    return int(text.replace(".", ""))
