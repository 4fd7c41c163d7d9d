"""What a roster would change against the covers that an employer has: who joins, who is moved here, whose cover is
another, who is
renewed as they were, who is left out. One statement for each question, by blind indexes; no roster is loaded.

*Before* is a cover of this employer, or one that was handed over to it, in the plan's family that was in force within the term
before the enrolment's. Left out is whoever had one, is not in the roster, and has no cover that goes on beyond it: their cover
runs to its end, no new one begins.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection

from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Enrolment, RosterUpload
from mutualaid.enrolment.queries import ends_after, ends_with

KINDS: Mapping[str, tuple[str, str]] = {
    "new": ("新会员", "new members"),
    "joined": ("新参加本计划", "new in this plan"),
    "moved": ("由其他单位转入", "moved here from another employer"),
    "changed": ("续保且有变化", "renewed with changes"),
    "renewed": ("续保无变化", "renewed as before"),
    "left": ("上期有、名单没有", "covered before, not in the roster"),
}
"""What a difference can be, in the order in which it is shown."""
_AT_ONCE = 1000

# Rows as they would be once all good ones are taken, each with its member, its cover of before and its work elsewhere. Names of
# tables and columns are our own; what differs between askings are parameters.
_BASE = """
WITH rows AS MATERIALIZED (
    SELECT r.id, r.line, r.name, r.identity_index, r.units, r.facts FROM enrolment_rosterrow r
    WHERE r.enrolment_id = %(enrolment)s AND r.identity_index <> ''
      AND (r.taken OR r.upload_id = %(upload)s AND r.faults = '[]'::jsonb)
), persons AS MATERIALIZED (
    SELECT rows.*, coalesce(m.merged_into_id, m.id) AS member,
           m.phone_index IS NULL AS no_phone, m.bank_card_index IS NULL AS no_card
    FROM rows LEFT JOIN people_member m ON m.identity_index = rows.identity_index
         AND (rows.facts IS NULL OR m.identity_kind = rows.facts->>'kind')
), before AS MATERIALIZED (
    SELECT DISTINCT ON (c.member_id) c.member_id, c.id AS cover, c.until_on, c.units, c.option, c.risk_class,
           c.employment, c.basic_insurance, c.groups
    FROM enrolment_cover c
    WHERE (c.employer_id = %(employer)s AND c.heir_id IS NULL OR c.heir_id = %(employer)s)
      AND c.family = %(family)s AND c.state = 'begun'
      AND c.from_on < %(from_on)s AND c.until_on > %(since)s AND c.enrolment_id <> %(enrolment)s
    ORDER BY c.member_id, c.until_on DESC, c.id DESC
), elsewhere AS MATERIALIZED (
    SELECT DISTINCT ON (e.member_id) e.member_id, e.employer_id
    FROM people_employment e
    WHERE e.employer_id <> %(employer)s AND e.from_on <= %(on)s AND (e.until_on IS NULL OR e.until_on > %(on)s)
      AND e.member_id IN (SELECT member FROM persons UNION ALL SELECT member_id FROM before)
    ORDER BY e.member_id, e.from_on DESC
), told AS MATERIALIZED (
    SELECT persons.*, before.cover, before.units AS units_before, elsewhere.employer_id AS other,
           before.option AS option_before, before.risk_class AS risk_before, before.employment AS work_before,
           before.basic_insurance AS insurance_before, before.groups AS groups_before,
           before.member_id IS NOT NULL AND (
               before.units <> persons.units OR persons.facts IS NOT NULL AND (
                   before.option <> persons.facts->>'option' OR before.risk_class <> persons.facts->>'risk_class'
                   OR before.employment <> persons.facts->>'employment'
                   OR before.basic_insurance <> persons.facts->>'basic_insurance'
                   OR to_jsonb(before.groups) <> persons.facts->'groups'
                   OR persons.no_phone AND persons.facts->'contacts' @> '"phone"'
                   OR persons.no_card AND persons.facts->'contacts' @> '"bank_card"')) AS differs
    FROM persons LEFT JOIN before ON before.member_id = persons.member
         LEFT JOIN elsewhere ON elsewhere.member_id = persons.member
), kinds AS MATERIALIZED (
    SELECT told.*, CASE WHEN member IS NULL THEN 'new' WHEN other IS NOT NULL THEN 'moved' WHEN cover IS NULL THEN 'joined'
                        WHEN differs THEN 'changed' ELSE 'renewed' END AS kind
    FROM told
), missing AS MATERIALIZED (
    SELECT before.* FROM before
    WHERE before.until_on <= %(ending)s
      AND NOT EXISTS (SELECT FROM persons WHERE persons.member = before.member_id)
      AND NOT EXISTS (SELECT FROM enrolment_cover o WHERE o.member_id = before.member_id AND o.family = %(family)s
                      AND o.state <> 'cancelled' AND o.until_on > %(ending)s)
)
"""
_COUNTS = """
SELECT kind, count(*), coalesce(sum(units), 0) FROM kinds GROUP BY kind
UNION ALL SELECT 'left', count(*), coalesce(sum(units), 0) FROM missing
"""
_PAGE = """
SELECT k.id, k.line, k.name, k.units, k.facts, k.no_phone, k.no_card, k.units_before, k.option_before, k.risk_before,
       k.work_before, k.insurance_before, k.groups_before, k.cover, u.name
FROM kinds k LEFT JOIN people_unit u ON u.id = k.other
WHERE k.kind = %(kind)s ORDER BY k.line, k.id OFFSET %(first)s LIMIT %(most)s
"""
_LEFT = """
SELECT m.number, m.name, missing.until_on, missing.units, c.number,
       CASE WHEN l.reason IS NOT NULL THEN l.reason
            WHEN elsewhere.member_id IS NOT NULL THEN 'elsewhere'
            WHEN EXISTS (SELECT FROM people_employment e WHERE e.member_id = m.id AND e.employer_id = %(employer)s
                         AND e.from_on <= %(on)s AND (e.until_on IS NULL OR e.until_on > %(on)s)) THEN 'here'
            ELSE 'ended' END
FROM missing JOIN people_member m ON m.id = missing.member_id JOIN enrolment_cover c ON c.id = missing.cover
     LEFT JOIN elsewhere ON elsewhere.member_id = m.id
     LEFT JOIN LATERAL (SELECT d.reason FROM enrolment_departure d
         WHERE d.member_id = m.id AND d.employer_id IN (
             SELECT unit_id FROM people_employer WHERE %(employer)s IN (unit_id, merged_into_id)) AND d.last_on >= %(since)s
         ORDER BY d.id DESC LIMIT 1) l ON true
ORDER BY m.name, m.id OFFSET %(first)s LIMIT %(most)s
"""


@dataclass(frozen=True)
class Count:
    """How many persons, and how many units, of a kind."""

    kind: str
    persons: int
    units: int


@dataclass(frozen=True)
class Change:
    """Of a renewed person: a field of the roster, what it was and what it is to be; a contact that the register
    lacks was nothing."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """A person of a roster or left out of it. ``line`` and ``row`` (a key) are those of the roster, 0 for somebody
    left out; ``other``:
    the employer they come from; ``until_on``, ``cover``: where the cover of somebody left out ends, and its number;
    ``reason``: why they may have been left out (``REASONS``)."""

    kind: str
    name: str
    units: int
    row: int = 0
    line: int = 0
    other: str = ""
    changes: tuple[Change, ...] = ()
    member: str = ""
    cover: str = ""
    until_on: datetime.date | None = None
    reason: str = ""


REASONS: Mapping[str, tuple[str, str]] = {
    "here": ("仍在本单位，名单没有列入", "still works here, not in the roster"),
    "elsewhere": ("已在其他单位任职", "works for another employer now"),
    "ended": ("已不在本单位任职", "no longer works here"),
    "left": ("已登记离职", "reported as having left"),
    "retired": ("已登记退休", "reported as retired"),
    "died": ("已登记身故", "reported as having died"),
}


def counted(*, enrolment: Enrolment, on: datetime.date, upload: RosterUpload | None = None) -> dict[str, Count]:
    """How many of each kind, once the good rows of ``upload`` are taken too; kinds of ``KINDS``, all of them. One statement."""
    with comparing(enrolment=enrolment, on=on, upload=upload) as comparison:
        return comparison.counts()


def persons(
    *,
    enrolment: Enrolment,
    on: datetime.date,
    kind: str,
    upload: RosterUpload | None = None,
    first: int = 0,
    most: int = _AT_ONCE,
) -> list[Difference]:
    """Those of a kind in the order of the roster (left out: by name), from the one at ``first`` (0) on, at most so
    many. One statement.
    Raises KeyError for a word that is no kind."""
    with comparing(enrolment=enrolment, on=on, upload=upload) as comparison:
        return comparison.persons(kind, first, most)


def _difference(kind: str, row: int, line: int, name: str, units: int, facts: Any, *rest: Any) -> Difference:
    no_phone, no_card, units_before, option, risk, work, insurance, groups, cover, other = rest
    told: dict[str, Any] = json.loads(facts) if isinstance(facts, str) else facts or {}
    changes = []
    if cover is not None:
        pairs: list[tuple[str, Any, Any]] = [("units", units_before, units)]
        if told:
            pairs += [
                ("option", option, told["option"]),
                ("risk_class", risk, told["risk_class"]),
                ("employment", work, told["employment"]),
                ("basic_insurance", insurance, told["basic_insurance"]),
                ("groups", "、".join(groups), "、".join(told["groups"])),
            ]
            pairs += [
                (name, "", "+")
                for name, lacks in (("phone", no_phone), ("bank_card", no_card))
                if lacks and name in told["contacts"]
            ]
        changes = [Change(field, str(was), str(now)) for field, was, now in pairs if was != now]
    return Difference(kind, name, units, row, line, other or "", tuple(changes))


@contextmanager
def comparing(*, enrolment: Enrolment, on: datetime.date, upload: RosterUpload | None = None) -> Iterator[Comparison]:
    """An enrolment is compared with what was before, as often as is asked meanwhile."""
    # Who comes from elsewhere, or went there, is just whom the employer's own branch would hide.
    with within([EVERYTHING], reads=True):
        yield Comparison(enrolment, on, upload)


class Comparison:
    """What ``counted`` and ``persons`` tell; made by ``comparing`` alone."""

    def __init__(self, enrolment: Enrolment, on: datetime.date, upload: RosterUpload | None) -> None:
        self._given = {
            "enrolment": enrolment.pk,
            "upload": upload.pk if upload is not None else None,
            "employer": enrolment.employer_id,
            "family": enrolment.version.family,
            "from_on": enrolment.from_on,
            "since": ends_after(from_on=enrolment.from_on, until_on=enrolment.until_on),
            "ending": ends_with(from_on=enrolment.from_on, until_on=enrolment.until_on),
            "on": on,
        }

    def counts(self) -> dict[str, Count]:
        """See ``counted``."""
        found = {kind: (persons, units) for kind, persons, units in self._asked(_COUNTS)}
        return {kind: Count(kind, *(int(one) for one in found.get(kind, (0, 0)))) for kind in KINDS}

    def persons(self, kind: str, first: int, most: int) -> list[Difference]:
        """See ``persons``."""
        asked = {"kind": kind, "first": first, "most": most}
        if KINDS[kind] is KINDS["left"]:
            return [
                Difference(kind, name, units, member=number, cover=cover, until_on=until_on, reason=reason)
                for number, name, until_on, units, cover, reason in self._asked(_LEFT, **asked)
            ]
        return [_difference(kind, *row) for row in self._asked(_PAGE, **asked)]

    def _asked(self, statement: str, **more: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(_BASE + statement, self._given | more)
            return list(cursor.fetchall())


class Listed:
    """Those of a kind as a list that is read page by page: a paginator asks for its length and for slices, while it is
    compared."""

    def __init__(self, *, comparison: Comparison, kind: str, count: int) -> None:
        self._comparison, self._kind, self._count = comparison, kind, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: slice) -> list[Difference]:
        first = part.start or 0
        return self._comparison.persons(self._kind, first, (part.stop or self._count) - first)


def rate_kept(*, counts: Mapping[str, Count]) -> Decimal | None:
    """Which share of those who were covered before is in the roster again (0 to 1, three digits); None where nobody was."""
    again = counts["changed"].persons + counts["renewed"].persons
    before = again + counts["left"].persons
    return (Decimal(again) / before).quantize(Decimal("0.001")) if before else None
