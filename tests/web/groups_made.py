"""A station's places without names, and somebody who was named, for the declarations of pages."""

from __future__ import annotations

import datetime

from mutualaid.contributions.actions.joining import cover_and_bill_group
from mutualaid.core import papers
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.groups import name_person
from mutualaid.enrolment.models import GroupCover, GroupPlace
from tests.enrolment.gig import rider, rider_plan
from tests.people.cast import AT, BY, ON
from tests.web.cast import Web

DAY = datetime.timedelta(days=1)


def group(web: Web) -> GroupCover:
    """Of the mill; free, so that it has begun."""
    if "group" not in web.made:
        with within([EVERYTHING]):
            plan = web.made.get("rider") or rider_plan(web.people.province, fees=(0, 0, 0), begins="same_day")
            web.made["rider"] = plan
            made, _bill = cover_and_bill_group(
                employer=web.people.mill, version=plan, places=3, option="按月", by=BY, at=AT
            )
            web.made["group"] = GroupCover.objects.get(pk=made.pk)
    found: GroupCover = web.made["group"]
    return found


def place(web: Web) -> GroupPlace:
    """Named by the mill's clerk."""
    if "place" not in web.made:
        held = group(web)
        with within([EVERYTHING]):
            evidence = papers.store(
                content=b"%PDF-1.4 duty", name="值班表.pdf", kind="duty_list", media_type=papers.PDF,
                unit_path=web.people.mill.unit.path, by=BY, at=AT,
            )  # fmt: skip
            web.made["place"] = name_person(
                group=held, happened_on=ON, on_duty=2, evidence=evidence, by=web.actor("clerk"), at=AT, **rider(60)
            )
            web.made["place"].member.refresh_from_db()
    found: GroupPlace = web.made["place"]
    return found
