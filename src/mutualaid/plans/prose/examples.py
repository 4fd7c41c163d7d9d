"""Worked examples: a made-up case, decided by the engine, with its working in lines."""

from __future__ import annotations

import datetime
from typing import Any

from mutualaid.plans import document as d
from mutualaid.plans.library import Loaded
from mutualaid.plans.prose.model import Box, Point, Points, Table
from mutualaid.plans.prose.scenes import Asked, Scene, fen_of
from mutualaid.plans.prose.working import english_names, working_rows
from mutualaid.plans.prose.writer import Writer


def example_box(w: Writer, benefit: d.Benefit, library: Loaded) -> Box:
    """The benefit's example: who, what happened, the working, what is paid."""
    say = w.say
    case, line = Scene(w.document, benefit, library).decide(Asked())
    if line is None or line["outcome"] != "pay":
        return Box("example", say("title.example"), (Points((Point(say("example.none")),)),))
    rows = working_rows(line["working"], say, english_names(w.document))
    table = Table(
        (say("example.step"), say("example.amount"), say("example.after")), tuple(rows), figures=frozenset({1, 2})
    )
    paid = say("example.pay", name=say.title(w.name_of(benefit)), amount=say.money(fen_of(line)))
    if line["reasons"]:
        reasons = say.join((say(f"reason.{reason}") for reason in line["reasons"]), "clauses")
        paid += say("example.cut", reasons=reasons)
    told = Points((*facts(w, case, benefit), *_paid_before(w, case, benefit, line), Point(say("example.intro"))))
    return Box("example", say("title.example"), (told, table, Points((Point(paid),))))


def facts(w: Writer, case: dict[str, Any], benefit: d.Benefit) -> list[Point]:
    """Who the member is and what happened."""
    say = w.say
    events = case["events"]
    points = [Point(_member(w, case), say("example.member"))]
    points += [Point(_event(w, event, benefit), say("example.event")) for event in events]
    return points


def _paid_before(w: Writer, case: dict[str, Any], benefit: d.Benefit, line: dict[str, Any]) -> list[Point]:
    """What earlier benefits paid, where this one starts from what remains: else its first figure has no origin."""
    if benefit.base is None or benefit.base.of != ["remaining"] or line["working"][0]["step"] != "base":
        return []
    amounts = case["events"][-1]["amounts"]
    borne = sum(int(amounts.get(name, "0").replace(".", "")) for name in ("self_paid", "out_of_scope"))
    paid = borne - int(line["working"][0]["after"].replace(".", ""))
    return [Point(w.say.money(paid), w.say("example.before"))] if paid > 0 else []


def _member(w: Writer, case: dict[str, Any]) -> str:
    say = w.say
    member, cover = case["member"], case["covers"][0]
    start, birth = (datetime.date.fromisoformat(text) for text in (cover["from"], member["birth_date"]))
    parts = [say("example.age", n=start.year - birth.year), say(f"example.sex_{member['sex']}")]
    parts += [say.named("employment", member["employment"]), say.named("insurance", member["basic_insurance"])]
    parts += [say.named("group", word) for word in member["groups"]]
    parts += [say.named("relation", member["relation"])] if member.get("relation") not in (None, "self") else []
    parts += [say("example.option", word=cover["option"])] if "option" in cover else []
    parts += [say.named("risk_class", cover["risk_class"])] if "risk_class" in cover else []
    return say.join(parts)


def _event(w: Writer, event: dict[str, Any], benefit: d.Benefit) -> str:
    say = w.say
    started, ended = (datetime.date.fromisoformat(event[name]) for name in ("started_on", "ended_on"))
    parts = [say.named("kind", event["kind"])]
    if ended > started:
        days = say.days((ended - started).days)
        parts.append(say("example.from_to", a=say.date(started), b=say.date(ended), days=days))
    else:
        parts.append(say.date(started))
    if event["kind"] == "inpatient":
        parts.append(say("example.level", level=say(f"level.{event['hospital_level']}")))
    parts += [say("example.rest", days=say.days(event["rest_days"]))] if "rest_days" in event else []
    parts += [say("example.accident")] if event["accident"] else []
    parts += [say("example.grade", n=event["disability_grade"])] if event.get("disability_grade") else []
    parts += [say.named("severity", event["severity"])] if event.get("severity") else []
    parts += [say.named("circumstance", word) for word in event.get("circumstances", ())]
    parts += _illness(w, event, benefit)
    parts += _amounts(w, event, benefit)
    return say.join(parts)


def _illness(w: Writer, event: dict[str, Any], benefit: d.Benefit) -> list[str]:
    """Codes, where the benefit asks about them."""
    say = w.say
    asked = [benefit.when, *(gate.when for gate in benefit.requires)]
    asked += [row.when for row in benefit.sum.amount] if benefit.sum is not None else []
    if not any(
        when is not None and (when.diseases or when.diagnoses or when.operations or when.any_of) for when in asked
    ):
        return []
    parts = [say("example.diagnosis", codes=say.join(event["diagnoses"]))] if event["diagnoses"] else []
    return parts + ([say("example.operation", codes=say.join(event["operations"]))] if event["operations"] else [])


def _amounts(w: Writer, event: dict[str, Any], benefit: d.Benefit) -> list[str]:
    """The amounts from which the benefit counts."""
    say = w.say
    ways = benefit.greater_of or benefit.lesser_of or [benefit]
    wanted = dict.fromkeys(name for way in ways if way.base is not None for name in (*way.base.of, *way.base.less))
    if wanted.pop("remaining", "") is None:
        wanted |= dict.fromkeys(("self_paid", "out_of_scope"))
    parts = []
    for name in wanted:
        fen = int(event["amounts"].get(name, "0").replace(".", ""))
        if fen:
            parts.append(say("named", name=say.named("amount", name), text=say("example.money", n=say.figure(fen))))
    return parts
