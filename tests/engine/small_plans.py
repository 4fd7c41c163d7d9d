"""Small plans for tests: a few lines of YAML through the project's reader, checks and compiler, and short decisions.

A decision is told as one line of text per line of the decision, so that an expectation reads like a sentence:
``e1 inpatient pay 880.00`` or ``e2 inpatient refuse 0.00 cap_reached``.
"""

from __future__ import annotations

import textwrap
from typing import Any

from benefit_engine.decide import Engine
from mutualaid.plans.checking import check_drafts
from mutualaid.plans.library import compile_drafts
from mutualaid.plans.reading import read_document

JsonDict = dict[str, Any]

_HEAD = """\
plan: {plan}
family: {family}
status: published
name: 试算计划
organiser: 示例总工会
term: {{years: 1, clause: 第一条}}
"""
MEMBER: JsonDict = {
    "birth_date": "1985-04-02",
    "sex": "F",
    "employment": "in_service",
    "basic_insurance": "employee",
}
"""A woman of 39 full years on 2025-01-01."""
SUM = "sum: {amount: 100}\n"
"""The simplest formula, for what does not depend on one."""


def plan(body: str, plan_id: str = "small", family: str | None = None) -> str:
    """A plan document: ``body`` (benefits and whatever else) below a head that every plan needs."""
    return _HEAD.format(plan=plan_id, family=family or plan_id) + textwrap.dedent(body)


def one(body: str, benefit: str = "inpatient", kinds: str = "inpatient", rest: str = "", plan_id: str = "small") -> str:
    """A plan with one benefit: its parts in ``body``, and in ``rest`` what stands at the top of the document."""
    head = f"benefits:\n  - benefit: {benefit}\n    kinds: [{kinds}]\n    clause: 第二条\n"
    return plan(textwrap.dedent(rest) + head + textwrap.indent(textwrap.dedent(body), "    "), plan_id)


def engine(*documents: str) -> Engine:
    """The engine over plan documents that have no fault of form or of meaning."""
    drafts = [
        read_document("{}.yaml".format(text.partition("plan: ")[2].partition("\n")[0]), text.encode())
        for text in documents
    ]
    faults = check_drafts(drafts)
    assert not faults, "\n".join(fault.text("en") for fault in faults)
    return compile_drafts(drafts).engine


def bill(**amounts: str) -> JsonDict:
    """Amounts of an event, yuan with two decimals."""
    return {"amounts": amounts}


def event(name: str, kind: str, started_on: str, **facts: Any) -> JsonDict:
    """An event of any kind."""
    return {"event": name, "kind": kind, "started_on": started_on, **facts}


def stay(
    name: str, started_on: str, ended_on: str | None = None, *, self_paid: str | None = None, **facts: Any
) -> JsonDict:
    """A stay in hospital; ``self_paid`` is the whole bill of those who need no more."""
    amounts = {} if self_paid is None else bill(self_paid=self_paid)
    return event(name, "inpatient", started_on, **{"ended_on": ended_on, **amounts, **facts})


def cover(plan_id: str = "small", start: str = "2025-01-01", until: str = "2026-01-01", **facts: Any) -> JsonDict:
    """Cover for 2025, unless said otherwise."""
    return {"plan": plan_id, "from": start, "until": until, **facts}


def case(
    *events: JsonDict, covers: list[JsonDict] | None = None, member: JsonDict | None = None, **rest: Any
) -> JsonDict:
    """A contract case."""
    return {
        "case": "c1",
        "member": {**MEMBER, **(member or {})},
        "covers": [cover()] if covers is None else covers,
        "events": list(events),
        **rest,
    }


MADE_POSSIBLE = """\
benefits:
  - {benefit: alpha, kinds: [inpatient], clause: 第二条, sum: {amount: 100}}
  - {benefit: beta, kinds: [inpatient], clause: 第三条, sum: {amount: 150}, claims: {most: 1, of: [alpha, beta]}}
exclusive:
  - {benefits: [alpha, beta], per: stay, rule: larger, clause: 第八条}
"""
"""Of a second stay beta has nothing by itself; once alpha has paid, the stay is among those claimed."""

LIMITED = """\
benefits:
  - benefit: special
    kinds: [inpatient]
    clause: 第二条
    base: {of: [self_paid], name: 个人自付}
    rate: 70%
    claims: {most: 1, per: life, of: [inpatient, special]}
  - {benefit: inpatient, kinds: [inpatient], clause: 第三条, base: {of: [self_paid], name: 个人自付}, rate: 70%}
"""
UNLIMITED = LIMITED.replace("    claims: {most: 1, per: life, of: [inpatient, special]}\n", "")
"""Two plans of a family, one of which counts both benefits together and allows a single claim in a life."""


def decide(documents: Engine | str, data: JsonDict) -> JsonDict:
    """The decision as the contract writes it."""
    under = engine(documents) if isinstance(documents, str) else documents
    return under.decide(under.parse(data)).as_dict()


def told(documents: Engine | str, data: JsonDict) -> list[str]:
    """The decision in words; the plan is named where the case has lines of several."""
    lines = decide(documents, data)["lines"]
    several = len({line["plan"] for line in lines}) > 1
    return [_tell(line, several=several) for line in lines]


def outcome(document: str, claim: JsonDict, member: JsonDict | None = None, **facts: Any) -> str:
    """What the one line of a claim says after event and benefit; ``facts`` of the one cover."""
    lines = told(document, case(claim, covers=[cover(**facts)], member=member))
    assert len(lines) == 1
    return lines[0].split(maxsplit=2)[2]


def _tell(line: JsonDict, *, several: bool) -> str:
    words = [line["event"], f"{line['plan']}/{line['benefit']}" if several else line["benefit"]]
    words += [line["outcome"], line["amount"], *line["reasons"], *line.get("missing", ())]
    return " ".join([*words, "provisional"] if line.get("provisional") else words)


def amounts(documents: Engine | str, data: JsonDict) -> list[str]:
    """What each line pays, in order."""
    return [line["amount"] for line in decide(documents, data)["lines"]]
