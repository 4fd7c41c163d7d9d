"""Adds up a year under two versions of a plan, in DuckDB: tables of cases and decisions in, a ``Comparison`` out.

Money is ``DECIMAL`` in the tables and whole fen from the first sum on; nothing here walks over rows in Python.

An event is *looked at* when it has a line in either version that is not reversed and lies within a cover. What a person
bore of an event (its burden) is worked out as the engine does it (``benefit_engine.amounts``).
"""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds

from benefit_engine.words import REASONS
from mutualaid.datacentre.simulation.deciding import Bad
from mutualaid.datacentre.simulation.model import (
    BandRow,
    BenefitRow,
    CaseRow,
    Comparison,
    GroupRow,
    MonthRow,
    OutcomeRow,
    Pair,
    Totals,
)

BURDENS = (0, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
"""Fen from which a band of burden begins."""
PAYMENTS = (0, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000, 2_000_000, 5_000_000, 10_000_000)
"""Fen from which a band of what one person got in the year begins."""
AGES = (0, 30, 40, 50, 60)
SEXES = ("F", "M")
PERCENTILES = (25, 50, 75, 90, 95, 99)
SHOWN = 10
"""Cases listed among the largest gains, and among the largest losses."""

_TABLES = """
CREATE MACRO fen(yuan) AS CAST(yuan * 100 AS BIGINT);
CREATE MACRO band(value, begins) AS
  CASE WHEN value IS NULL THEN -1 ELSE len(list_filter(begins, lambda low: low <= value)) - 1 END;
CREATE TEMP TABLE people AS
  SELECT "case",
    date_sub('year', min(member_birth_date), min(cover_from) FILTER (cover_plan = $old)) AS age,
    min(member_sex) AS sex,
    CAST(sum(coalesce(cover_units, 1)) FILTER (cover_plan = $old) AS BIGINT) AS units
  FROM cases WHERE "case" IS NOT NULL GROUP BY "case" HAVING bool_or(cover_plan = $old);
CREATE TEMP TABLE lines AS
  SELECT side, "case", event, benefit, outcome, coalesce(fen(amount), 0) AS fen, coalesce(reasons, '') AS reasons,
    coalesce(provisional, false) AS waits
  FROM (
    SELECT 'a' AS side, "case", event, CAST(benefit AS VARCHAR) AS benefit, CAST(outcome AS VARCHAR) AS outcome, amount,
      CAST(reasons AS VARCHAR) AS reasons, provisional FROM before WHERE plan = $old
    UNION ALL
    SELECT 'b', "case", event, CAST(benefit AS VARCHAR), CAST(outcome AS VARCHAR), amount,
      CAST(reasons AS VARCHAR), provisional FROM after WHERE plan = $new
  ) SEMI JOIN people USING ("case");
CREATE TEMP TABLE events AS
  WITH bills AS (
    SELECT *, coalesce(self_paid, basic_deductible + copay + above_ceiling + pre_self_paid + over_limit) AS own,
      own + coalesce(out_of_scope, 0) AS borne, coalesce(hospital_borne, 0) AS hospital,
      fund_paid + supplement_paid + medical_aid_paid AS others
    FROM cases SEMI JOIN people USING ("case") WHERE event IS NOT NULL
  ), borne AS (
    SELECT *, fen(CASE
      WHEN own IS NULL THEN account_paid + cash_paid
      WHEN out_of_scope IS NOT NULL AND abs(others + borne + hospital - total) > 0.01 THEN borne - hospital
      ELSE borne END) AS bears
    FROM bills
  )
  SELECT "case", event, strftime(started_on, '%Y-%m') AS month, hospital_level AS level,
    CASE WHEN bears >= 0 THEN bears END AS burden
  FROM borne;
CREATE TEMP TABLE facts AS
  WITH moves AS (
    SELECT "case", event, coalesce(sum(fen) FILTER (side = 'a'), 0) AS a, coalesce(sum(fen) FILTER (side = 'b'), 0) AS b
    FROM lines GROUP BY "case", event
    HAVING bool_or(NOT contains(reasons, 'reversed') AND NOT contains(reasons, 'not_covered'))
  )
  SELECT "case", event, a, b, burden, band(burden, $burdens) AS of_burden, band(age, $ages) AS of_age,
    coalesce(list_position($sexes, sex), 0) - 1 AS of_sex, coalesce(level, -1) AS of_level
  FROM moves JOIN events USING ("case", event) JOIN people USING ("case");
CREATE TEMP TABLE grouped AS
  SELECT 'all' AS kind, 0 AS place, "case", a, b, burden FROM facts
  UNION ALL SELECT 'burden', of_burden, "case", a, b, burden FROM facts
  UNION ALL SELECT 'age', of_age, "case", a, b, burden FROM facts
  UNION ALL SELECT 'sex', of_sex, "case", a, b, burden FROM facts
  UNION ALL SELECT 'level', of_level, "case", a, b, burden FROM facts;
CREATE TEMP TABLE received AS SELECT side, "case", sum(fen) AS fen FROM lines GROUP BY side, "case";
CREATE TEMP TABLE persons AS
  SELECT "case", coalesce(sum(fen) FILTER (side = 'a'), 0) AS a, coalesce(sum(fen) FILTER (side = 'b'), 0) AS b
  FROM received GROUP BY "case";
"""
"""Run once; the side is ``a`` for before and ``b`` for after, money is fen. ``facts``: one row per event looked at."""


def compare(
    cases: ds.Dataset | pa.Table,
    before: pa.Table,
    after: pa.Table,
    *,
    old: str,
    new: str,
    bad: Bad | None = None,
) -> Comparison:
    """Both versions' figures side by side.

    ``cases``: flat columns (``layout.CASES``) that name ``old``, without bad cases; ``before``, ``after``: their decisions
    (``layout.DECISIONS``) under ``old`` and ``new``; ``bad``: the bad cases, to be told.
    """
    with duckdb.connect() as db:
        db.register("cases", cases)
        db.register("before", before)
        db.register("after", after)
        values = {"old": old, "new": new, "burdens": [*BURDENS], "ages": [*AGES], "sexes": [*SEXES]}
        for statement in _TABLES.split(";\n"):
            used = {name: value for name, value in values.items() if f"${name}" in statement}
            db.execute(statement, used or None)
        return _Sums(db, old, new).all(bad or Bad())


def plans_in(cases: ds.Dataset | pa.Table) -> list[tuple[str, int]]:
    """Ids of the plans that the covers name, with the number of covers, most first."""
    with duckdb.connect() as db:
        db.register("cases", cases)
        found = db.execute(
            "SELECT cover_plan, count(*) AS n FROM cases WHERE cover_plan IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1"
        )
        return [(str(plan), int(count)) for plan, count in found.fetchall()]


class _Sums:
    """Asks the tables, question by question."""

    def __init__(self, db: duckdb.DuckDBPyConnection, old: str, new: str) -> None:
        self.db, self.old, self.new = db, old, new

    def rows(self, sql: str, *values: object, **named: object) -> list[tuple[Any, ...]]:
        """All rows of an answer."""
        return self.db.execute(sql, named or list(values)).fetchall()

    def one(self, sql: str, *values: object) -> tuple[int, ...]:
        """The one row of an answer, nothing as 0."""
        return tuple(int(value or 0) for value in self.rows(sql, *values)[0])

    def all(self, bad: Bad) -> Comparison:
        """The whole comparison."""
        people, units = self.one("SELECT count(*), sum(units) FROM people")
        return Comparison(
            people=people,
            units=units,
            events=self.one("SELECT count(*) FROM facts")[0],
            totals=self.totals(),
            benefits=self.benefits(),
            outcomes=self.outcomes(),
            groups={name: self.groups(name) for name in ("all", "burden", "age", "sex", "level")},
            distribution=self.distribution(),
            percentiles=self.percentiles(),
            months=self.months(),
            started=self.one("SELECT count(*) FROM persons WHERE a = 0 AND b > 0")[0],
            stopped=self.one("SELECT count(*) FROM persons WHERE a > 0 AND b = 0")[0],
            gains=self.extremes(1),
            losses=self.extremes(-1),
            others=Pair(*self.others()),
            provisional=self.provisional(),
            left_plans=tuple(sorted(bad.plans.items(), key=lambda item: (-item[1], item[0]))),
            bad=tuple(bad.shown),
            bad_count=bad.count,
        )

    def sides(self, sql: str, *values: object) -> list[Pair]:
        """The figures of rows (side, figure, figure, …), before and after; 0 for a side without a row."""
        found = {row[0]: [int(value or 0) for value in row[1:]] for row in self.rows(sql, *values)}
        width = max((len(figures) for figures in found.values()), default=0)
        a, b = (found.get(side, [0] * width) for side in "ab")
        return [Pair(*pair) for pair in zip(a, b, strict=True)]

    def totals(self) -> Totals:
        """Of the whole year."""
        nothing = Pair(0, 0)
        paid, people, median, largest = (
            self.sides("""
            SELECT side, sum(fen), count(*) FILTER (fen > 0), quantile_disc(fen, 0.5) FILTER (fen > 0), max(fen)
            FROM received GROUP BY side""")
            or [nothing] * 4
        )
        [lines] = self.sides("SELECT side, count(*) FILTER (outcome = 'pay') FROM lines GROUP BY side") or [nothing]
        mean = Pair(_mean(paid.before, people.before), _mean(paid.after, people.after))
        return Totals(paid, people, lines, mean, median, largest)

    def benefits(self) -> tuple[BenefitRow, ...]:
        """By benefit, in alphabetical order of their ids."""
        rows = self.rows("""
            SELECT benefit, sum(fen) FILTER (side = 'a'), sum(fen) FILTER (side = 'b'),
              count(DISTINCT "case") FILTER (side = 'a' AND fen > 0), count(DISTINCT "case") FILTER (side = 'b' AND fen > 0),
              count(*) FILTER (side = 'a' AND outcome = 'pay'), count(*) FILTER (side = 'b' AND outcome = 'pay')
            FROM lines GROUP BY benefit ORDER BY benefit""")
        return tuple(
            BenefitRow(row[0], *(Pair(int(row[i] or 0), int(row[i + 1] or 0)) for i in (1, 3, 5))) for row in rows
        )

    def outcomes(self) -> tuple[OutcomeRow, ...]:
        """Lines by outcome, then by outcome and reason; a line with several reasons counts under each."""
        rows = self.rows("""
            WITH reasons AS (
              SELECT side, outcome, unnest(string_split(reasons, ';')) AS reason FROM lines WHERE reasons <> ''
              UNION ALL SELECT side, outcome, '' FROM lines)
            SELECT outcome, reason, count(*) FILTER (side = 'a'), count(*) FILTER (side = 'b')
            FROM reasons GROUP BY outcome, reason""")
        order = {word: i for i, word in enumerate(("pay", "refuse", "refer", "none"))}
        reasons = {word: i for i, word in enumerate(("", *REASONS))}
        rows.sort(key=lambda row: (order[row[0]], reasons[row[1]]))
        return tuple(OutcomeRow(outcome, reason, Pair(a, b)) for outcome, reason, a, b in rows)

    def groups(self, kind: str) -> tuple[GroupRow, ...]:
        """Persons by one question, and who of them gains or loses over their events of that group."""
        rows = self.rows(
            """
            WITH each AS (
              SELECT place, "case", sum(a) AS a, sum(b) AS b, sum(burden) AS burden,
                sum(a) FILTER (burden IS NOT NULL) AS known_a, sum(b) FILTER (burden IS NOT NULL) AS known_b
              FROM grouped WHERE kind = ? GROUP BY place, "case")
            SELECT place, count(*), count(*) FILTER (b > a), sum(b - a) FILTER (b > a),
              count(*) FILTER (b < a), sum(a - b) FILTER (b < a), sum(a), sum(b), sum(burden), sum(known_a), sum(known_b)
            FROM each GROUP BY place ORDER BY place = -1, place""",
            kind,
        )
        found = [[int(value or 0) for value in row] for row in rows] or ([[0] * 11] if kind == "all" else [])
        return tuple(
            GroupRow(place, people, gainers, gained, losers, lost, Pair(a, b), burden, Pair(known_a, known_b))
            for place, people, gainers, gained, losers, lost, a, b, burden, known_a, known_b in found
        )

    def distribution(self) -> tuple[BandRow, ...]:
        """How many persons got how much; every band up to the last that is not empty."""
        rows = self.rows(
            """SELECT band(fen, ?) AS place, count(*) FILTER (side = 'a'), count(*) FILTER (side = 'b')
            FROM received WHERE fen > 0 GROUP BY place""",
            [*PAYMENTS],
        )
        counts = {place: Pair(a, b) for place, a, b in rows}
        return tuple(BandRow(i, counts.get(i, Pair(0, 0))) for i in range(max(counts, default=-1) + 1))

    def percentiles(self) -> tuple[tuple[int, Pair], ...]:
        """Fen that so many of a hundred receivers got at most."""
        found = self.sides("""
            SELECT side, quantile_disc(fen, 0.25), quantile_disc(fen, 0.5), quantile_disc(fen, 0.75),
              quantile_disc(fen, 0.9), quantile_disc(fen, 0.95), quantile_disc(fen, 0.99)
            FROM received WHERE fen > 0 GROUP BY side""")
        return tuple(zip(PERCENTILES, found, strict=False))

    def months(self) -> tuple[MonthRow, ...]:
        """By month in which the event began, and benefit."""
        rows = self.rows("""
            SELECT month, benefit, sum(fen) FILTER (side = 'a'), sum(fen) FILTER (side = 'b')
            FROM lines JOIN events USING ("case", event) WHERE month IS NOT NULL
            GROUP BY month, benefit HAVING sum(fen) > 0 ORDER BY month, benefit""")
        return tuple(MonthRow(month, benefit, Pair(int(a or 0), int(b or 0))) for month, benefit, a, b in rows)

    def extremes(self, sign: int) -> tuple[CaseRow, ...]:
        """The persons with the largest gain (``sign`` 1) or loss (-1)."""
        rows = self.rows(
            """
            WITH most AS (
              SELECT * FROM persons WHERE (b - a) * $sign > 0 ORDER BY (b - a) * $sign DESC, "case" LIMIT $shown)
            SELECT "case", any_value(most.a), any_value(most.b), sum(burden), count(event)
            FROM most LEFT JOIN facts USING ("case")
            GROUP BY "case" ORDER BY any_value((most.b - most.a) * $sign) DESC, "case" """,
            sign=sign,
            shown=SHOWN,
        )
        return tuple(
            CaseRow(case, Pair(int(a), int(b)), None if burden is None else int(burden), events)
            for case, a, b, burden, events in rows
        )

    def others(self) -> tuple[int, ...]:
        """Fen paid by the plans beside it, to the same people."""
        return self.one(
            """SELECT
              (SELECT sum(fen(amount)) FROM before SEMI JOIN people USING ("case") WHERE plan <> ?),
              (SELECT sum(fen(amount)) FROM after SEMI JOIN people USING ("case") WHERE plan <> ?)""",
            self.old,
            self.new,
        )

    def provisional(self) -> Pair:
        """Lines that wait for an earlier event."""
        [found] = self.sides("SELECT side, count(*) FILTER (waits) FROM lines GROUP BY side") or [Pair(0, 0)]
        return found


def _mean(fen: int, people: int) -> int:
    """Half up to the fen; 0 of nobody."""
    return (2 * fen + people) // (2 * people) if people else 0
