"""Which version is offered where and on which day, what it says, and how two differ."""

from __future__ import annotations

import datetime
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mutualaid.people.models import Unit
from mutualaid.plans.actions import draft_plan, publish_plan, submit_plan, withdraw_plan
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.prose.model import texts
from mutualaid.plans.queries import (
    Words,
    difference,
    document_of,
    hindrances,
    is_offered,
    loaded_versions,
    offered,
    parts_of,
    prose_of,
)
from tests.people.cast import AT, ON
from tests.plans.office import Office, office, text_of
from tests.plans.test_versions import COMBINATION

DAY = datetime.timedelta(days=1)
DAYS = st.integers(0, 60).map(lambda days: ON + days * DAY)
_numbers = itertools.count(1)


@pytest.fixture(name="o")
def _office(db: None) -> Office:
    return office()


def publish(o: Office, text: str, on: datetime.date = ON, unit: Unit | None = None) -> PlanVersion:
    version = draft_plan(office=unit or o.cast.city, text=text, by=o.by, at=AT)
    version = submit_plan(version=version, by=o.by, at=AT)
    return publish_plan(version=version, offered_from_on=on, by=o.other, at=AT)


def edition(fee: int = 100) -> str:
    text = text_of(plan=f"demo-inpatient-e{next(_numbers)}")
    return text.replace("fee: 100", f"fee: {fee}")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(days=st.lists(DAYS, min_size=1, max_size=3, unique=True), on=st.one_of(DAYS, st.just(ON - DAY)))
def test_the_latest_edition_takes_over_on_its_day(o: Office, days: list[datetime.date], on: datetime.date) -> None:
    PlanVersion.objects.all()
    family = f"demo-inpatient-f{next(_numbers)}"
    versions = {}
    for day in sorted(days):
        versions[day] = publish(o, edition().replace("family: demo-inpatient\n", f"family: {family}\n"), day)
    begun = [day for day in days if day <= on]
    found = [one for one in offered(unit=o.cast.mill.unit, on=on) if one.family == family]
    assert found == ([versions[max(begun)]] if begun else [])
    for day, version in versions.items():
        assert is_offered(version=version, unit=o.cast.mill.unit, on=on) == (bool(begun) and day == max(begun))


def test_a_withdrawn_edition_takes_its_family_with_it(o: Office) -> None:
    publish(o, edition(), ON)
    later = publish(o, edition(), ON + DAY)
    assert offered(unit=o.cast.city, on=ON + DAY) == [later]
    withdraw_plan(version=later, remark="停办", by=o.by, at=AT)
    assert offered(unit=o.cast.city, on=ON + DAY) == []


def test_the_nearest_office_counts(o: Office) -> None:
    high = publish(o, edition(), ON, o.cast.province)
    low = publish(o, edition(), ON + 5 * DAY)
    women = publish(o, text_of("demo-women-2026"), ON, o.cast.nation)
    assert set(offered(unit=o.cast.mill.unit, on=ON)) == {high, women}
    assert set(offered(unit=o.cast.mill.unit, on=ON + 5 * DAY)) == {low, women}
    assert set(offered(unit=o.cast.far.unit, on=ON + 5 * DAY)) == {high, women}
    withdraw_plan(version=low, remark="并入省级计划", by=o.by, at=AT)
    assert set(offered(unit=o.cast.mill.unit, on=ON + 5 * DAY)) == {high, women}


def test_prose_has_the_offices_words(o: Office) -> None:
    version = publish(o, text_of())
    plain = " ".join(texts(prose_of(version=version, lang="zh")))
    own = " ".join(texts(prose_of(version=version, lang="zh", words=Words("参互", "会费", "补助金", "申领"))))
    assert "互助费" in plain
    assert "会费" in own
    assert "互助费" not in own
    assert "Hospital mutual aid" in prose_of(version=version, lang="en").title
    with pytest.raises(ValueError, match="fr"):
        prose_of(version=version, lang="fr")


def test_two_versions_differ_by_rules(o: Office) -> None:
    old, new = publish(o, edition(), ON), publish(o, edition(120), ON + DAY)
    [change] = difference(before=old, after=new)
    assert "100" in (change.before or "")
    assert "120" in (change.after or "")
    assert difference(before=old, after=old) == []


def test_a_combination_is_loaded_with_its_parts(o: Office) -> None:
    parts = [publish(o, text_of()), publish(o, text_of("demo-women-2026"))]
    draft = draft_plan(office=o.cast.city, text=COMBINATION, by=o.by, at=AT)
    assert hindrances(version=draft) == []
    assert parts_of(version=draft) == parts
    loaded = loaded_versions(versions=[draft])
    assert set(loaded.documents) == {"demo-both-2026", "demo-inpatient-2026", "demo-women-2026"}
    assert loaded_versions(versions=[draft]) is loaded
    assert prose_of(version=draft, lang="zh").plan == "demo-both-2026"


def test_a_combination_without_its_parts_can_still_be_read(o: Office) -> None:
    draft = draft_plan(office=o.cast.city, text=COMBINATION, by=o.by, at=AT)
    assert parts_of(version=draft) == []
    assert prose_of(version=draft, lang="zh").plan == "demo-both-2026"
    assert document_of(version=draft).combines
