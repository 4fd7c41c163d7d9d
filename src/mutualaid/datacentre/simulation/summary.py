"""A comparison in a few plain sentences, and in the four figures that a hurried reader looks at."""

from __future__ import annotations

from dataclasses import dataclass

from mutualaid.datacentre.simulation.tables import Tables
from mutualaid.plans import document as d
from mutualaid.plans.prose.changes import Change


@dataclass(frozen=True, slots=True)
class Card:
    """One figure: what it is, how it stands after, and below it before or in detail."""

    name: str
    figure: str
    below: str
    tone: str = ""


def sentences(tables: Tables, changes: list[Change], old: d.Document, new: d.Document) -> list[str]:
    """From the most to the least important."""
    say, found = tables.say, tables.found
    paid = found.totals.paid
    key = "sum.more" if paid.change > 0 else "sum.less" if paid.change < 0 else "sum.same"
    figures = {
        "amount": say.exact_money(abs(paid.change)),
        "share": say.signed_rate(paid.change, paid.before),
        "a": say.exact_money(paid.before),
        "b": say.exact_money(paid.after),
    }
    compared = say("sum.compared", n=say.number(found.people))
    if found.bad_count:
        compared += say("note.space") + say("sum.bad", n=say.number(found.bad_count))
    if found.left_plans:
        compared += say("note.space") + say("sum.plans", n=say.number(len(found.left_plans)))
    told = [say(key, **figures), compared, _people(tables)]
    if paid.change:
        most = max(found.benefits, key=lambda row: abs(row.paid.change))
        name = tables.benefit_name(most.benefit)
        told.append(say("sum.most", name=name, amount=say.signed_money(most.paid.change)))
    a, b = found.all.relief
    if a is not None:
        told.append(say("sum.relief", a=say.rate(a), b=say.rate(b)))
    if tables.fees is not None:
        told.append(_fees(tables))
    if changes:
        told.append(say("sum.rules", n=len(changes)))
    else:
        same = old.model_dump(exclude={"plan"}) == new.model_dump(exclude={"plan"})
        told.append(say("sum.no_rules" if same else "sum.texts"))
    return told


def _people(tables: Tables) -> str:
    say, found = tables.say, tables.found
    row = found.all
    parts = []
    if row.gainers:
        parts.append(say("sum.gain", n=say.number(row.gainers), amount=say.exact_money(row.gained)))
    if row.losers:
        parts.append(say("sum.lose", n=say.number(row.losers), amount=say.exact_money(row.lost)))
    if found.started:
        parts.append(say("sum.started", n=say.number(found.started)))
    if found.stopped:
        parts.append(say("sum.stopped", n=say.number(found.stopped)))
    return say("sum.people", parts=say.join(parts, "clauses")) if parts else say("sum.nobody")


def _fees(tables: Tables) -> str:
    say, fees, paid = tables.say, tables.fees, tables.found.totals.paid
    if fees is None:
        return ""
    a, b = fees.ratio(paid)
    surplus = fees.surplus(paid)
    figures = {
        "fee": say.money(fees.fee.before),
        "income": say.exact_money(fees.income.before),
        "a": say.rate(a),
        "b": say.rate(b),
        "c": say.signed_money(surplus.before, plus=False),
        "d": say.signed_money(surplus.after, plus=False),
    }
    if not fees.fee.change:
        return say("sum.fee", **figures)
    return say(
        "sum.fees", fee_after=say.money(fees.fee.after), income_after=say.exact_money(fees.income.after), **figures
    )


def cards(tables: Tables) -> list[Card]:
    """Paid, people paid, burden relieved, and the loss ratio where there is a fee."""
    say, found = tables.say, tables.found
    paid, people = found.totals.paid, found.totals.people
    tone = "more" if paid.change > 0 else "less" if paid.change < 0 else ""

    def was(before: str, change: str) -> str:
        return say("card.was", before=before, change=change)

    a, b = found.all.relief
    shown = [
        Card(say("tot.change"), say.signed(paid.change), say.signed_rate(paid.change, paid.before), tone),
        Card(say("tot.paid"), say.exact(paid.after), say("card.before", before=say.exact(paid.before))),
        Card(
            say("tot.people"),
            say.number(people.after),
            say("card.of", before=say.number(people.before), people=say.number(found.people)),
        ),
        Card(say("tot.relief"), say.rate(b), was(say.rate(a), say.signed_points(a, b))),
    ]
    if tables.fees is not None:
        a, b = tables.fees.ratio(paid)
        shown.append(Card(say("tot.ratio"), say.rate(b), was(say.rate(a), say.signed_points(a, b))))
    return shown
