"""Two records of one person's employments become one line: no day is lost, none counts twice."""

from __future__ import annotations

import datetime

from hypothesis import given
from hypothesis import strategies as st

from mutualaid.people.joining import Job, joined

DAY = datetime.date(2024, 1, 1)


def day(number: int) -> datetime.date:
    """Counted from the first of January."""
    return DAY + datetime.timedelta(days=number)


def job(employer: int, begins: int, ends: int | None, row: int = 0) -> Job:
    """By numbers of days."""
    return Job(employer, day(begins), None if ends is None else day(ends), row)


def told(jobs: list[Job]) -> list[tuple[int, int, int | None, int | None]]:
    """In numbers of days again."""
    return [
        (one.employer, (one.from_on - DAY).days, None if one.until_on is None else (one.until_on - DAY).days, one.row)
        for one in jobs
    ]


def test_at_one_employer_they_become_one() -> None:
    assert told(joined([job(1, 0, 10, 1), job(1, 5, None, 2)])) == [(1, 0, None, 1)]


def test_the_one_that_began_last_counts() -> None:
    assert told(joined([job(1, 0, None, 1), job(2, 5, None, 2)])) == [(1, 0, 5, 1), (2, 5, None, 2)]


def test_a_spell_within_another_parts_it() -> None:
    found = told(joined([job(1, 0, None, 1), job(2, 5, 8, 2)]))
    assert found == [(1, 0, 5, 1), (2, 5, 8, 2), (1, 8, None, None)]


def test_of_two_that_began_together_the_shorter_comes_first() -> None:
    assert told(joined([job(1, 0, None, 1), job(2, 0, 3, 2)])) == [(2, 0, 3, 2), (1, 3, None, 1)]


def test_of_two_alike_the_first_stays() -> None:
    assert told(joined([job(1, 0, None, 1), job(2, 0, None, 2)])) == [(1, 0, None, 1)]


@st.composite
def records(draw: st.DrawFn) -> list[Job]:
    """Two records, each without two employments on one day."""
    jobs, row = [], 0
    for _ in range(2):
        edges = sorted(draw(st.sets(st.integers(0, 40), max_size=8)))
        for begins, ends in zip(edges[::2], [*edges[1::2], None], strict=False):
            row += 1
            jobs.append(job(draw(st.integers(1, 3)), begins, ends, row))
    return jobs


@given(records())
def test_every_day_is_kept_once_at_an_employer_of_that_day(jobs: list[Job]) -> None:
    found = joined(jobs)

    def there(among: list[Job], number: int) -> list[int]:
        on = day(number)
        return [one.employer for one in among if one.from_on <= on and (one.until_on is None or on < one.until_on)]

    for number in range(50):
        before, after = there(jobs, number), there(found, number)
        assert len(after) == (1 if before else 0)
        assert set(after) <= set(before)
    rows = [one.row for one in found if one.row is not None]
    assert len(rows) == len(set(rows))
    by_row = {one.row: one for one in jobs}
    for one in found:
        if one.row is not None:
            old = by_row[one.row]
            assert old.employer == one.employer
            assert old.from_on < (one.until_on or datetime.date.max)
            assert one.from_on < (old.until_on or datetime.date.max)
