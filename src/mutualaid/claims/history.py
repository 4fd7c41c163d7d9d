"""A member's history as one case of the contract: what claims are decided by online, and what is exported and decided again.

Both use these functions, so that ``mutualaid adjudicate`` on an exported history gives what was decided here. The order is that
of the claims' places (``ordering``). Reads see all branches: the member's covers and claims may stand in several.
"""

from __future__ import annotations

import datetime
import functools
import hashlib
import itertools
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from benefit_engine.accumulators import Key
from benefit_engine.decision import Decision, Line
from benefit_engine.facts import CaseError
from mutualaid.claims.models import Claim, Opening, Particulars, ReviewRule
from mutualaid.claims.refusals import FactsFaulty, NotCovered
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Member
from mutualaid.plans.library import Loaded
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import loaded_versions


@dataclass(frozen=True, slots=True)
class Covered:
    """A cover as the engine is told of it."""

    version: int
    plan: str
    option: str
    risk_class: str
    employment: str
    basic_insurance: str
    groups: tuple[str, ...]
    units: int
    from_on: datetime.date
    until_on: datetime.date
    joined_on: datetime.date
    consecutive_periods: int

    def as_dict(self) -> dict[str, Any]:
        """As the contract writes it."""
        told: dict[str, Any] = {
            "plan": self.plan,
            "units": self.units,
            "from": self.from_on.isoformat(),
            "until": self.until_on.isoformat(),
            "joined_on": self.joined_on.isoformat(),
            "consecutive_periods": self.consecutive_periods,
            "employment": self.employment,
            "groups": list(self.groups),
        }
        for name in ("option", "risk_class", "basic_insurance"):
            value = getattr(self, name)
            if value:
                told[name] = value
        return told


@dataclass(frozen=True, slots=True)
class Told:
    """A claim's event: ``facts`` is the JSON of the contract's event without its id, which is the claim's number."""

    claim: int
    number: str
    facts: str

    def as_dict(self) -> dict[str, Any]:
        """As the contract writes it."""
        return {"event": self.number, **json.loads(self.facts)}


@dataclass(frozen=True)
class Standing:
    """What of a member is no event: who they are, what covers them, what was used up before."""

    number: str
    birth_date: datetime.date
    sex: str
    covers: tuple[Covered, ...]
    opening: tuple[Mapping[str, Any], ...]

    def case(self, events: Sequence[Told]) -> dict[str, Any]:
        """The case of the contract."""
        told: dict[str, Any] = {
            "case": self.number,
            "member": {"birth_date": self.birth_date.isoformat(), "sex": self.sex},
            "covers": [cover.as_dict() for cover in self.covers],
            "events": [event.as_dict() for event in events],
        }
        if self.opening:
            told["opening"] = [dict(one) for one in self.opening]
        return told


@dataclass(frozen=True)
class Computed:
    """What the engine says of one claim: its lines in the contract's order, what they use up, and the cover of each line."""

    lines: tuple[Line, ...]
    used: Mapping[Key, int]
    periods: tuple[tuple[datetime.date, datetime.date] | None, ...]

    @functools.cached_property
    def total(self) -> Decimal:
        """Yuan."""
        return Decimal(sum(line.amount for line in self.lines)).scaleb(-2)

    @property
    def refers(self) -> bool:
        """Whether a person has to complete the facts."""
        return any(line.outcome == "refer" for line in self.lines)

    @property
    def provisional(self) -> bool:
        """Whether an earlier claim has to be dealt with first."""
        return any(line.provisional for line in self.lines)

    @property
    def refuses(self) -> bool:
        """Whether a person has to see a refusal: any but ``below_deductible`` beside a paid line."""
        pays = any(line.outcome == "pay" for line in self.lines)
        return any(
            line.outcome == "refuse" and not (pays and line.reasons == ["below_deductible"]) for line in self.lines
        )

    @property
    def told(self) -> list[dict[str, Any]]:
        """The lines as the contract writes them, without the event."""
        return [{key: value for key, value in line.as_dict().items() if key != "event"} for line in self.lines]

    @functools.cached_property
    def sha256(self) -> str:
        """Of the lines: what the audit trail and the letter name."""
        written = json.dumps(self.told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()


_READ = """
SELECT
  (SELECT json_agg(json_build_array(c.version_id, c.plan, c.option, c.risk_class, c.employment, c.basic_insurance, c.groups,
                                    c.units, c.from_on, c.until_on, c.joined_on, c.consecutive_periods,
                                    e.unit_id, e.unit_path) ORDER BY c.from_on, c.id)
   FROM enrolment_cover c JOIN people_employer e ON e.unit_id = coalesce(c.heir_id, c.employer_id)
   WHERE c.member_id = %(member)s AND c.state = 'begun'),
  (SELECT json_agg(json_build_array(o.family, o.counter, o.key, o.amount::text, o.count, o.last_on) ORDER BY o.id)
   FROM claims_opening o WHERE o.member_id = %(member)s),
  (SELECT json_agg(json_build_array(l.id, l.number, p.facts) ORDER BY l.place)
   FROM claims_claim l JOIN claims_particulars p ON p.claim_id = l.id WHERE l.member_id = %(member)s AND l.counts),
  (SELECT max(l.completed_at) FROM claims_claim l WHERE l.member_id = %(member)s AND l.counts),
  (SELECT json_agg(json_build_array(r.office_id, r.family, r.amount_from::text, r.confirmed_by_employer, r.first_review,
                                    r.final_review, r.elsewhere, r.days) ORDER BY r.id)
   FROM claims_reviewrule r WHERE r.office_id IN (
     SELECT u::bigint FROM (
       SELECT unnest(string_to_array(e.unit_path, '/'))
       FROM enrolment_cover c JOIN people_employer e ON e.unit_id = coalesce(c.heir_id, c.employer_id)
       WHERE c.member_id = %(member)s AND c.state = 'begun'
       UNION SELECT unnest(string_to_array(%(path)s, '/'))) AS units(u) WHERE u <> '')),
  (SELECT max(l.place) FROM claims_claim l WHERE l.member_id = %(member)s)
"""


@dataclass(frozen=True)
class Read:
    """All by which a member's claims are decided, read in one statement. ``employers``: key and path of the employer of each
    cover of ``standing``; ``last``: when the latest event became complete; ``place``: the last that was taken, 0 for none;
    ``rules``: who looks at claims, of the offices above those employers and above the path that was asked for."""

    standing: Standing
    events: list[Told]
    employers: tuple[tuple[int, str], ...]
    last: datetime.datetime | None
    place: int
    rules: tuple[ReviewRule, ...]


def read(*, member: Member, path: str = "") -> Read:
    """What is known of a member whose row is locked: a statement of its own, so that it sees what was decided before the lock was
    given. The same as ``standing_of`` and ``events_of`` say."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, {"member": member.pk, "path": path})
        covers, openings, events, last, rules, place = cursor.fetchone()
    covers = [_read_json(one) for one in covers or ()]
    standing = Standing(
        str(member.number),
        member.birth_date,
        member.sex,
        tuple(_covered(row[:12]) for row in covers),
        tuple(
            _opening(family, counter, key, None if amount is None else Decimal(amount), count, _day(last_on))
            for family, counter, key, amount, count, last_on in openings or ()
        ),
    )
    field: Any = Particulars._meta.get_field("facts")
    told = [Told(key, number, field.from_db_value(facts, None, connection)) for key, number, facts in events or ()]
    employers = tuple((row[12], row[13]) for row in covers)
    return Read(standing, told, employers, last, place or 0, tuple(_rule(*row) for row in rules or ()))


def _rule(office: int, family: str, amount_from: str, *levels: Any) -> ReviewRule:
    names = ("confirmed_by_employer", "first_review", "final_review", "elsewhere", "days")
    told = dict(zip(names, levels, strict=True))
    return ReviewRule(office_id=office, family=family, amount_from=Decimal(amount_from), **told)


def _read_json(row: list[Any]) -> list[Any]:
    return [*row[:8], *(_day(day) for day in row[8:11]), *row[11:]]


def _day(text: str | None) -> Any:
    return None if text is None else datetime.date.fromisoformat(text)


def standing_of(*, member: Member) -> Standing:
    """Who a member is, their covers that began, and what was taken over."""
    return read(member=member).standing


def covers_of(*, members: Sequence[int]) -> dict[int, list[Covered]]:
    """The covers that began of some members, by their keys, in the order in which the engine is told of them."""
    rows = (
        Cover.objects.filter(member__in=members, state="begun")
        .order_by("from_on", "id")
        .values_list(
            *("version_id", "plan", "option", "risk_class", "employment", "basic_insurance", "groups", "units"),
            *("from_on", "until_on", "joined_on", "consecutive_periods", "member_id"),
        )
    )
    covers: dict[int, list[Covered]] = defaultdict(list)
    for row in rows:
        covers[row[-1]].append(_covered(row[:-1]))
    return covers


def openings_of(*, members: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What was used up before, of some members by their keys, as the contract writes it."""
    rows = Opening.objects.filter(member__in=members).order_by("id")
    columns = ("member_id", "family", "counter", "key", "amount", "count", "last_on")
    openings: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for member, *told in rows.values_list(*columns):
        openings[member].append(_opening(*told))
    return openings


def _covered(row: Sequence[Any]) -> Covered:
    """A row in the order of the columns; the groups as they come."""
    return Covered(*row[:6], tuple(row[6]), *row[7:])  # type: ignore[call-arg]


def _opening(
    family: str, counter: str, key: str, amount: Decimal | None, count: int | None, last_on: datetime.date | None
) -> dict[str, Any]:
    told: dict[str, Any] = {"family": family, "counter": counter, "key": key}
    if amount is not None:
        told["amount"] = str(amount)
    if count is not None:
        told["count"] = count
    if last_on is not None:
        told["last_on"] = last_on.isoformat()
    return told


def events_of(*, member: Member) -> list[Told]:
    """The member's claims that count, in the order in which they count."""
    return read(member=member).events


def library_of(*, standing: Standing) -> Loaded:
    """The plans of the covers, compiled. Published texts never change, so they are kept by their keys."""
    return _library(frozenset(cover.version for cover in standing.covers))


def plans_of(*, cover: Cover) -> list[str]:
    """The plan of a cover; where it is a combination, those that it holds too."""
    combination = _library(frozenset([cover.version_id])).library.combinations.get(cover.plan)
    return [cover.plan] if combination is None else [cover.plan, *combination.plans]


@functools.lru_cache(maxsize=512)
def _library(versions: frozenset[int]) -> Loaded:
    rows = PlanVersion.objects.filter(pk__in=versions).select_related("office").order_by("id")
    return loaded_versions(versions=rows)


def decided(*, standing: Standing, events: Sequence[Told]) -> Decision:
    """The engine's word on a whole history. Raises FactsFaulty."""
    engine = library_of(standing=standing).engine
    try:
        return engine.decide(engine.parse(standing.case(events)))
    except CaseError as error:
        raise FactsFaulty(error.faults) from error


def computed(*, standing: Standing, decision: Decision, told: Told) -> Computed:
    """What of a decision is said of one claim."""
    lines = tuple(line for line in decision.lines if line.event == told.number)
    return Computed(
        lines, decision.accumulators.used_by(told.number), _periods(standing, lines, json.loads(told.facts))
    )


def in_its_place(*, claim: Claim, facts: Mapping[str, Any] | None = None) -> tuple[Computed, str]:
    """What the engine says of a claim in its place of the member's history as it now is, or at the end where it does not count;
    with other facts, or (None) as it tells them. And the facts as they are written. ``facts``: the contract's event without its
    id. Raises FactsFaulty."""
    old = claim.particulars.facts
    filed_on = json.loads(old).get("filed_on")
    written = old if facts is None else json.dumps({"filed_on": filed_on, **facts}, ensure_ascii=False)
    known, mine = read(member=claim.member), Told(claim.pk, claim.number, written)
    history = [*itertools.takewhile(lambda one: one.claim != claim.pk, known.events), mine]
    decision = decided(standing=known.standing, events=history)
    return computed(standing=known.standing, decision=decision, told=mine), written


def _periods(
    standing: Standing, lines: Sequence[Line], facts: Mapping[str, Any]
) -> tuple[tuple[datetime.date, datetime.date] | None, ...]:
    """The cover of each line: of the plan (or of a combination that holds it), on the day by which the event counts."""
    combinations = library_of(standing=standing).library.combinations
    names = ("started_on", "accident_on", "first_diagnosed_on", "ended_on", "settled_on")
    days = [datetime.date.fromisoformat(facts[name]) for name in names if facts.get(name)]

    def period(line: Line) -> tuple[datetime.date, datetime.date] | None:
        for day in days:
            for cover in standing.covers:
                combination = combinations.get(cover.plan)
                holds = cover.plan == line.plan or (combination is not None and line.plan in combination.plans)
                if holds and cover.from_on <= day < cover.until_on:
                    return cover.from_on, cover.until_on
        return None

    return tuple(period(line) for line in lines)


def office_above(path: str) -> int:
    """The key of the office above an employer's union, by the union's path."""
    chain = [int(part) for part in path.strip("/").split("/")]
    return chain[-2] if len(chain) > 1 else chain[-1]


def employer_of(*, member: Member, facts: Mapping[str, Any]) -> tuple[int, str]:
    """The employer under whose cover an event falls, else that of the latest cover; with the path of its union. Raises
    NotCovered."""
    return employer_under(read(member=member), facts)


def employer_under(known: Read, facts: Mapping[str, Any]) -> tuple[int, str]:
    """The same, of what was read already. Raises NotCovered."""
    if not known.employers:
        raise NotCovered(
            "本人应有已生效的保障，没有找到；请先核对参保和缴费",
            "expected a cover that has begun, found none; check enrolment and payment first",
        )
    day = str(facts.get("started_on"))
    for cover, employer in zip(reversed(known.standing.covers), reversed(known.employers), strict=True):
        if cover.from_on.isoformat() <= day < cover.until_on.isoformat():
            return employer
    return known.employers[-1]
