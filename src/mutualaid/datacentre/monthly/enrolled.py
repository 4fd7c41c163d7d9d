"""参保: covers and persons of a month, in one statement; persons are counted once in each group."""

from __future__ import annotations

from typing import Any

from django.db import connection

from mutualaid.datacentre.monthly.figures import Enrolled, Report
from mutualaid.datacentre.monthly.groups import Groups, branch_of, report_of
from mutualaid.datacentre.monthly.months import Month
from mutualaid.people.models import Unit

# ``part`` is the key of the unit right below the office, or the office's own where that is the employer's union itself.
_COUNTED = """
WITH held AS MATERIALIZED (
    SELECT c.member_id, c.employer_id, c.plan,
           CASE WHEN split_part(e.unit_path, '/', %(depth)s + 1) = '' THEN %(office)s
                ELSE split_part(e.unit_path, '/', %(depth)s)::bigint END AS part,
           c.from_on >= %(first)s AS is_new,
           c.from_on >= %(first)s AND c.consecutive_periods > 1 AS is_renewed,
           c.until_on < %(until)s AS has_ended
    FROM enrolment_cover c JOIN people_employer e ON e.unit_id = c.employer_id
    WHERE c.state = 'begun' AND c.from_on < %(until)s AND c.until_on >= %(first)s AND starts_with(e.unit_path, %(path)s)
)
SELECT GROUPING(part, plan, employer_id), part, plan, employer_id,
       count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE is_renewed), count(*) FILTER (WHERE has_ended),
       count(*) FILTER (WHERE NOT has_ended), count(DISTINCT member_id) FILTER (WHERE NOT has_ended)
FROM held GROUP BY GROUPING SETS ((), (part), (plan), (employer_id))
"""
_TOTAL, _BY_PART, _BY_PLAN, _BY_EMPLOYER = 0b111, 0b011, 0b101, 0b110


def enrolled(*, office: Unit, month: Month) -> Report[Enrolled]:
    """Covers and persons of an office's branch in a month."""
    depth = office.path.count("/") + 1
    asked: dict[str, Any] = {
        "depth": depth,
        "office": office.pk,
        "path": office.path,
        "first": month.first,
        "until": month.until,
    }
    groups = Groups(Enrolled())
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, asked)
        for grouping, part, plan, employer, *counts in cursor.fetchall():
            figures = Enrolled(*counts)
            if grouping == _TOTAL:
                groups.total = figures
            elif grouping == _BY_PART:
                groups.parts[part] = figures
            elif grouping == _BY_PLAN:
                groups.plans[plan] = figures
            else:
                groups.employers[employer] = figures
    return report_of(branch=branch_of(office=office), groups=groups, nothing=Enrolled())
