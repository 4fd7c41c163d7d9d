"""The comparison as one self-contained page: no scripts, nothing from elsewhere, in the manner of the pages of plans."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow.dataset as ds

from mutualaid.datacentre.simulation import charts
from mutualaid.datacentre.simulation.comparing import PAYMENTS, SHOWN
from mutualaid.datacentre.simulation.model import Comparison
from mutualaid.datacentre.simulation.summary import cards, sentences
from mutualaid.datacentre.simulation.tables import Grid, Tables
from mutualaid.datacentre.simulation.versions import Versions
from mutualaid.datacentre.simulation.wording import SimulationWording
from mutualaid.datacentre.simulation.workings import explained
from mutualaid.plans.prose.changes import Change, changed_rules
from mutualaid.plans.prose.scenes import Scene
from mutualaid.plans.prose.wording import language
from mutualaid.plans.prose.writer import Writer
from mutualaid.plans.report import asked, page_environment
from mutualaid.plans.report.curves import Chart, chart
from mutualaid.plans.report.whatif import compared

GROUPS = ("burden", "age", "sex", "level")


@dataclass(frozen=True)
class Told:
    """A comparison in one language: its tables, the changed rules, and the sentences on top."""

    tables: Tables
    changes: list[Change]
    sentences: list[str]


def tell(found: Comparison, versions: Versions, lang: str) -> Told:
    """The comparison in words. Raises ValueError for a language other than ``zh`` and ``en``."""
    chosen = language(lang)
    old, new = versions.old_document, versions.new_document
    say = SimulationWording(chosen, new.vocabulary)
    tables = Tables(found, say, Writer(old, chosen, {}), Writer(new, chosen, {}))
    changes = changed_rules(old, new, chosen)
    return Told(tables, changes, sentences(tables, changes, old, new))


def page_html(told: Told, versions: Versions, cases: ds.Dataset) -> str:
    """The whole page. ``cases`` is asked for the few that are explained."""
    tables, say, found = told.tables, told.tables.say, told.tables.found
    curves, changed = _curves(versions, tables)
    workings = [
        *explained(cases, versions, found.losses, tables, gains=False),
        *explained(cases, versions, found.gains, tables, gains=True),
    ]
    return (
        page_environment(__package__ or "")
        .get_template("simulation.html.j2")
        .render(
            say=say,
            lang=say.lang,
            plans=set(),
            told=told,
            tables=tables,
            old=say.quoted(versions.before.documents[versions.old]),
            new=say.quoted(versions.after.documents[versions.new]),
            cards=cards(tables),
            groups=[tables.groups(kind) for kind in GROUPS if found.groups[kind]],
            change_chart=_change(tables),
            relief_chart=_relief(tables),
            spread_chart=_spread(tables),
            month_chart=charts.months(found.months, tables),
            curves=curves,
            curves_changed=changed,
            workings=workings,
            notes=notes(tables),
            shown=SHOWN,
        )
    )


def notes(tables: Tables) -> list[str]:
    """What is left out, waits, or stands beside; one sentence if nothing is."""
    say, found = tables.say, tables.found
    told = []
    if found.left_plans:
        words = (say("note.count", word=word, n=say.number(count)) for word, count in found.left_plans)
        told.append(say("note.plans", words=say.join(words)))
    if found.others.before or found.others.after:
        told.append(say("note.others", a=say.exact_money(found.others.before), b=say.exact_money(found.others.after)))
    if found.provisional.before or found.provisional.after:
        told.append(
            say("note.provisional", a=say.number(found.provisional.before), b=say.number(found.provisional.after))
        )
    if found.bad_count:
        told.append(say("note.bad", n=say.number(found.bad_count)))
    return told or [say("note.all_counted")]


# -- charts -------------------------------------------------------------------------------------------------------------


def _spread(tables: Tables) -> charts.Drawing | None:
    say = tables.say
    couples = [
        charts.Couple(
            say.title(say.band(PAYMENTS, row.band)),
            row.people.before,
            row.people.after,
            (tables.people(row.people.before), tables.people(row.people.after)),
        )
        for row in tables.found.distribution
    ]
    return charts.lying(say("chart.spread"), couples, tables.sides[:2], say.pattern("chart.bar"))


def _relief(tables: Tables) -> charts.Drawing | None:
    say = tables.say
    couples = []
    for row in tables.found.groups["burden"]:
        a, b = row.relief
        if row.group >= 0 and a is not None and b is not None:
            couples.append(charts.Couple(tables.group_name("burden", row), a, b, (say.rate(a), say.rate(b))))
    return charts.lying(say("chart.relief"), couples, tables.sides[:2], say.pattern("chart.bar"))


def _change(tables: Tables) -> charts.Drawing | None:
    """Gains and losses by band of burden."""
    say = tables.say
    groups = []
    for row in tables.found.groups["burden"]:
        if row.group < 0 and not row.gained + row.lost:
            continue
        name = tables.group_name("burden", row)
        hints = (
            say("chart.lose", name=name, people=tables.people(row.losers), amount=say.exact_money(row.lost)),
            say("chart.gain", name=name, people=tables.people(row.gainers), amount=say.exact_money(row.gained)),
        )
        groups.append(charts.Sides(name, row.gained, row.lost, (say.whole(-row.lost), say.whole(row.gained)), hints))
    return charts.diverging(say("chart.change"), groups, (say("col.less"), say("col.more")))


@dataclass(frozen=True)
class Curve:
    """One benefit's curves under both versions, and the figures behind them (None where only one version has it)."""

    name: str
    chart: Chart
    figures: Grid | None


def _curves(versions: Versions, tables: Tables) -> tuple[list[Curve], bool]:
    """Curves of the benefits whose curves change; of those that don't the first, and False."""
    say = tables.say
    changed: list[Curve] = []
    same: list[Curve] = []
    ids = dict.fromkeys(one.benefit for w in (tables.new, tables.old) for one in w.benefits)
    for benefit in sorted(ids, key=tables.place):
        sides = []
        for name, w, loaded in (
            (tables.sides[0], tables.old, versions.before),
            (tables.sides[1], tables.new, versions.after),
        ):
            sides += [(name, w, one, loaded) for one in w.benefits if one.benefit == benefit]
        for case, what in compared(sides):
            name = tables.benefit_name(benefit)
            name = say("chart.case", name=name, case=case) if case else name
            _, w, one, loaded = sides[-1]
            of = asked(w, Scene(w.document, one, loaded), what)
            drawn = chart(what, name, of, say)
            if drawn is not None:
                points = {line.points for line in what.lines}
                curve = Curve(name, drawn, tables.curve(what, of) if len(sides) > 1 else None)
                (changed if len(points) > 1 or len(sides) == 1 else same).append(curve)
    return (changed, True) if changed else (same[:1], False)
