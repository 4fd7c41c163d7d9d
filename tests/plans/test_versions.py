"""Versions of plans: every move and refusal, by the actions and past them."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from mutualaid.core.models import AuditEntry
from mutualaid.core.moves import IllegalMove
from mutualaid.core.row_security import within
from mutualaid.people.access import NotFound
from mutualaid.plans import access
from mutualaid.plans.actions import (
    change_draft,
    discard_plan,
    draft_plan,
    publish_library,
    publish_plan,
    return_plan,
    set_office_words,
    submit_plan,
    withdraw_plan,
)
from mutualaid.plans.models import OfficeWords, PlanVersion
from mutualaid.plans.queries import document_of, offered, words_for
from mutualaid.plans.refusals import (
    NotAnOffice,
    NothingSaid,
    NotPublishable,
    OfferedTooEarly,
    PlanRefused,
    SamePerson,
    StillNeeded,
)
from mutualaid.plans.shipped import library_document
from tests.people.cast import AT, BY, ON, as_clerk, as_staff
from tests.plans.office import Office, office, text_of

DAY = datetime.timedelta(days=1)


@pytest.fixture(name="o")
def _office(db: None) -> Office:
    return office()


def drafted(o: Office, text: str | None = None, **more: Any) -> PlanVersion:
    return draft_plan(
        **{"office": o.cast.city, "text": text_of() if text is None else text, "by": o.by, "at": AT, **more}
    )


def submitted(o: Office, text: str | None = None, **more: Any) -> PlanVersion:
    return submit_plan(version=drafted(o, text, **more), by=o.by, at=AT)


def published(o: Office, text: str | None = None, on: datetime.date = ON, **more: Any) -> PlanVersion:
    return publish_plan(version=submitted(o, text, **more), offered_from_on=on, by=o.other, at=AT)


# -- moves --------------------------------------------------------------------------------------------------------------


def test_a_version_from_draft_to_withdrawal(o: Office) -> None:
    version = drafted(o)
    assert (version.plan, version.family, version.state) == ("demo-inpatient-2026", "demo-inpatient", "draft")
    version.refresh_from_db()
    assert version.number.startswith("P")
    assert version.name_zh.startswith("示范市职工住院")
    version = submit_plan(version=version, by=o.by, at=AT)
    version = return_plan(version=version, remark="请核对第九条", by=o.other, at=AT)
    assert (version.state, version.remark) == ("draft", "请核对第九条")
    version = change_draft(version=version, text=text_of().replace("fee: 100", "fee: 110"), by=o.by, at=AT)
    version = submit_plan(version=version, by=o.by, at=AT)
    assert version.remark == ""
    version = publish_plan(version=version, offered_from_on=ON + DAY, by=o.other, at=AT)
    assert (version.state, version.offered_from_on, version.published_at) == ("published", ON + DAY, AT)
    assert document_of(version=version).price[0].fee == 11_000
    version = withdraw_plan(version=version, remark="合并到另一计划", by=o.by, at=AT)
    assert version.state == "withdrawn"
    told = AuditEntry.objects.filter(subject=f"plans.planversion:{version.pk}").order_by("id")
    assert list(told.values_list("what", flat=True)) == [
        *("draft_plan", "submit_plan", "return_plan", "change_draft", "submit_plan", "publish_plan", "withdraw_plan")
    ]


def test_a_draft_is_discarded(o: Office) -> None:
    version = discard_plan(version=drafted(o), by=o.by, at=AT)
    assert version.state == "discarded"
    with pytest.raises(IllegalMove):
        submit_plan(version=version, by=o.by, at=AT)


def test_each_move_needs_its_state(o: Office) -> None:
    version = drafted(o)
    for refused in (
        lambda: return_plan(version=version, remark="x", by=o.other, at=AT),
        lambda: publish_plan(version=version, offered_from_on=ON, by=o.other, at=AT),
        lambda: withdraw_plan(version=version, remark="x", by=o.by, at=AT),
    ):
        with pytest.raises(IllegalMove, match="found draft"):
            refused()
    submit_plan(version=version, by=o.by, at=AT)
    for refused in (
        lambda: change_draft(version=version, text=text_of(), by=o.by, at=AT),
        lambda: submit_plan(version=version, by=o.by, at=AT),
        lambda: discard_plan(version=version, by=o.by, at=AT),
    ):
        with pytest.raises(IllegalMove, match="found submitted"):
            refused()


# -- refusals -----------------------------------------------------------------------------------------------------------


def test_a_text_with_faults_is_not_kept(o: Office) -> None:
    for text, place in (
        (text_of().replace("fee: 100", "fee: much"), "price[0].fee"),
        (text_of("demo-women-2026").replace("diseases: [in_situ]", "diseases: [nothing]"), "benefits[1].when"),
        ("", ""),
        ("plan: [", ""),
    ):
        with pytest.raises(PlanRefused) as refused:
            drafted(o, text)
        assert any(fault.place.startswith(place) for fault in refused.value.faults)
        assert refused.value.zh
        assert refused.value.en
    assert not PlanVersion.objects.exists()


def test_a_change_with_faults_leaves_the_draft(o: Office) -> None:
    version = drafted(o)
    with pytest.raises(PlanRefused):
        change_draft(version=version, text="plan: x", by=o.by, at=AT)
    version.refresh_from_db()
    assert version.text == text_of()


def test_an_employers_union_drafts_nothing(o: Office) -> None:
    with pytest.raises(NotAnOffice):
        drafted(o, office=o.cast.mill.unit)


def test_who_had_a_hand_in_it_does_not_approve(o: Office) -> None:
    third = as_staff(o.low)
    version = drafted(o)
    change_draft(version=version, text=text_of(), by=third, at=AT)
    submit_plan(version=version, by=o.other, at=AT)
    for by in (o.by, third, o.other):
        with pytest.raises(SamePerson):
            publish_plan(version=version, offered_from_on=ON, by=by, at=AT)
    assert publish_plan(version=version, offered_from_on=ON, by=BY, at=AT).state == "published"


def test_what_cannot_be_offered_is_not_laid_before_anybody(o: Office) -> None:
    illustrative = library_document(plan="cwmia-accident")
    assert illustrative is not None
    assert not illustrative.publishable
    version = drafted(o, illustrative.text)
    with pytest.raises(NotPublishable) as refused:
        submit_plan(version=version, by=o.by, at=AT)
    assert refused.value.hindrances[0].place == "status"
    version.refresh_from_db()
    assert version.state == "draft"


def test_an_id_is_published_once(o: Office) -> None:
    first, second = submitted(o), submitted(o, office=o.cast.other_city)
    publish_plan(version=first, offered_from_on=ON, by=o.other, at=AT)
    with pytest.raises(NotPublishable, match="published before"):
        publish_plan(version=second, offered_from_on=ON + DAY, by=o.other, at=AT)
    withdraw_plan(version=first, remark="停办", by=o.by, at=AT)
    with pytest.raises(NotPublishable, match="published before"):
        submitted(o)


def test_a_later_edition_is_offered_from_a_later_day(o: Office) -> None:
    published(o, on=ON + DAY)
    second = submitted(o, text_of(plan="demo-inpatient-2027"))
    for day in (ON, ON + DAY):
        with pytest.raises(OfferedTooEarly, match="take a later day"):
            publish_plan(version=second, offered_from_on=day, by=o.other, at=AT)
    with pytest.raises(OfferedTooEarly, match="or later"):
        publish_plan(version=second, offered_from_on=ON - DAY, by=o.other, at=AT)
    assert publish_plan(version=second, offered_from_on=ON + 2 * DAY, by=o.other, at=AT).state == "published"


COMBINATION = """\
plan: demo-both-2026
family: demo-both
status: published
name: 示范市综合互助保障（虚构）
organiser: 示范市总工会（虚构）
price: [{fee: 130, clause: 第二条}]
term: {years: 1, begins: fixed, on: "01-01", clause: 第一条}
combines: [demo-inpatient-2026, demo-women-2026]
"""


def test_a_combination_needs_its_parts(o: Office) -> None:
    version = drafted(o, COMBINATION)
    with pytest.raises(NotPublishable) as refused:
        submit_plan(version=version, by=o.by, at=AT)
    assert [one.place for one in refused.value.hindrances] == ["combines[0]", "combines[1]"]
    part = published(o)
    published(o, text_of("demo-women-2026"), office=o.cast.province)
    submit_plan(version=version, by=o.by, at=AT)
    publish_plan(version=version, offered_from_on=ON, by=o.other, at=AT)
    with pytest.raises(StillNeeded, match="demo-both-2026"):
        withdraw_plan(version=part, remark="停办", by=o.by, at=AT)
    withdraw_plan(version=version, remark="停办", by=o.by, at=AT)
    withdraw_plan(version=part, remark="停办", by=o.by, at=AT)


def test_a_remark_is_needed(o: Office) -> None:
    version = submitted(o)
    for remark in ("", "  ", "字" * 501):
        with pytest.raises(NothingSaid):
            return_plan(version=version, remark=remark, by=o.other, at=AT)
        with pytest.raises(NothingSaid):
            withdraw_plan(version=version, remark=remark, by=o.other, at=AT)


# -- what was published never changes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        *("text = text || ' '", "plan = 'x'", "family = 'x'", "office_id = office_id + 1", "sha256 = ''"),
        *("offered_from_on = offered_from_on + 1", "name_zh = 'x'", "published_at = now()", "authors = '[]'"),
        *("state = 'draft'", "state = 'submitted'", "number = 'x'"),
    ],
)
def test_the_database_keeps_what_was_published(o: Office, change: str) -> None:
    version = published(o)
    for state in ("published", "withdrawn"):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE plans_planversion SET state = %s WHERE id = %s", [state, version.pk])
        with pytest.raises(DatabaseError, match=r"never changes|cannot become"), transaction.atomic():
            connection.cursor().execute(f"UPDATE plans_planversion SET {change} WHERE id = {version.pk}")  # noqa: S608
        with pytest.raises(DatabaseError, match="what was published stays"), transaction.atomic():
            connection.cursor().execute("DELETE FROM plans_planversion WHERE id = %s", [version.pk])
    with pytest.raises(DatabaseError, match="cannot become"), transaction.atomic():
        connection.cursor().execute("UPDATE plans_planversion SET state = 'published' WHERE id = %s", [version.pk])


def test_a_draft_may_be_removed(o: Office) -> None:
    drafted(o).delete()
    assert not PlanVersion.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_publishers_at_once_one_wins() -> None:
    o = office()
    first = submitted(o)
    second = submitted(o)  # the same id, drafted twice
    together = Barrier(4)

    def publish(version: PlanVersion) -> str:
        try:
            together.wait(timeout=30)
            publish_plan(version=version, offered_from_on=ON, by=o.other, at=AT)
            return "published"
        except (IllegalMove, NotPublishable) as refused:
            return type(refused).__name__
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(publish, [first, first, second, second]))
    assert found.count("published") == 1
    assert set(found) <= {"published", "IllegalMove", "NotPublishable"}
    assert PlanVersion.objects.filter(state="published").count() == 1


# -- who sees what ------------------------------------------------------------------------------------------------------


def test_who_sees_and_handles_a_version(o: Office) -> None:
    draft, low = drafted(o), as_staff(o.low)
    draft.refresh_from_db()
    seen = lambda actor: list(access.versions_visible_to(actor=actor, on=ON))  # noqa: E731
    clerk, far = as_clerk(o.cast.clerk), as_staff(o.cast.outsider)
    assert seen(o.by) == seen(o.other) == seen(as_staff(o.cast.analyst)) == [draft]
    assert seen(low) == seen(clerk) == seen(far) == seen(as_staff(o.cast.reviewer)) == []
    assert access.version_to_design(actor=o.by, number=draft.number, on=ON) == draft
    assert access.version_to_approve(actor=o.other, number=draft.number, on=ON) == draft
    for ask, actor in (
        (access.version_for, clerk),
        (access.version_to_design, o.other),
        (access.version_to_design, low),
        (access.version_to_approve, far),
        (access.version_to_approve, as_staff(o.cast.reviewer)),
    ):
        with pytest.raises(NotFound):
            ask(actor=actor, number=draft.number, on=ON)
    submit_plan(version=draft, by=o.by, at=AT)
    publish_plan(version=draft, offered_from_on=ON, by=o.other, at=AT)
    assert seen(low) == seen(clerk) == seen(as_staff(o.cast.reviewer)) == [draft]
    assert seen(far) == []
    assert access.published_for(actor=clerk, plan=draft.plan, on=ON) == draft
    assert access.office_to_design_for(actor=o.by, code=o.cast.city.code, on=ON) == o.cast.city
    assert list(access.offices_to_design_for(actor=low, on=ON)) == [o.cast.county]
    with pytest.raises(NotFound):
        access.office_to_design_for(actor=low, code=o.cast.city.code, on=ON)


def test_the_database_shows_drafts_within_the_branch_only(o: Office) -> None:
    drafted(o, text_of("demo-women-2026"))
    published(o)
    counts = {}
    for name, unit in (
        ("above", o.cast.province),
        ("own", o.cast.city),
        ("below", o.cast.county),
        ("far", o.cast.other_city),
    ):
        with within([unit.path]):
            counts[name] = PlanVersion.objects.count()
    assert counts == {"above": 2, "own": 2, "below": 1, "far": 1}
    with pytest.raises(DatabaseError), within([o.cast.county.path]):
        drafted(o)
    with within([o.cast.county.path]):
        assert not PlanVersion.objects.filter(plan="demo-inpatient-2026").update(remark="x")


# -- words --------------------------------------------------------------------------------------------------------------


def test_an_office_has_words_of_its_own(o: Office) -> None:
    document = document_of(version=drafted(o))
    assert words_for(unit=o.cast.mill.unit).enrol == "参保"
    words = {"enrol": "参互", "contribution": "互助金", "benefit": "补助金", "claim": "申领"}
    set_office_words(unit=o.cast.province, **words, by=o.by, at=AT)
    set_office_words(unit=o.cast.county, **{**words, "enrol": "入会"}, by=o.by, at=AT)
    set_office_words(unit=o.cast.county, **{**words, "enrol": " 加入 "}, by=o.by, at=AT)
    assert words_for(unit=o.cast.mill.unit).enrol == "加入"
    assert words_for(unit=o.cast.city, document=document).benefit == "补助金"
    assert words_for(unit=o.cast.nation, document=document).benefit == "互助金"
    assert AuditEntry.objects.filter(what="set_office_words").count() == 3
    for wrong in ({"enrol": ""}, {"claim": "字" * 21}, {"benefit": "互助金"}):
        with pytest.raises(NothingSaid):
            set_office_words(unit=o.cast.city, **{**words, **wrong}, by=o.by, at=AT)
    with pytest.raises(NotAnOffice):
        set_office_words(unit=o.cast.mill.unit, **words, by=o.by, at=AT)
    assert OfficeWords.objects.count() == 2


def test_the_library_is_published_once(o: Office) -> None:
    first = publish_library(office=o.cast.city, by_designer=o.by, by=o.other, at=AT)
    assert {"demo-inpatient-2026", "demo-women-2026", "demo-gig-2026"} <= {one.plan for one in first}
    assert publish_library(office=o.cast.city, by_designer=o.by, by=o.other, at=AT) == []
    assert {one.plan for one in offered(unit=o.cast.mill.unit, on=ON)} == {one.plan for one in first}
