"""The workbench's monthly reports, for the five questions."""

from __future__ import annotations

from django.urls import reverse

from tests.web.money_made import money
from tests.web.questions import Page

SEE = ("analyst", "finance", "senior_reviewer", "enrolment_clerk")
NOT = ("reviewer", "service_specialist", "system_admin", "audit_admin", "clerk", "member")
FAR = ("far_finance", "far_clerk")
ASKED = "?month=2025-03&office=4505"
READ = "a report has no state"


def page(name: str, shows: str, *args: str) -> Page:
    """A report of the city; to whoever sees another city, there is none."""
    return Page(
        f"workbench:{name}", SEE, NOT, lambda web: reverse(f"workbench:{name}", args=args) + ASKED, strangers=FAR,
        wrong_state=READ, arrange=money, shows=shows, label=" ".join(args),
    )  # fmt: skip


PAGES = [
    page("reports", "新增参保"),
    page("report", "月末在保", "enrolled"),
    page("report", "70.00", "income"),
    page("report", "平均天数", "benefits"),
    page("report_print", "制表人"),
    page("report_export", ""),
]
