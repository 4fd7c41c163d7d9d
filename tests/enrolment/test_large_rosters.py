"""Rosters that the worker takes: written by columns as rows are, progress told, cancelled, raced and killed without a trace."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction

from mutualaid.contributions.actions import bills
from mutualaid.core import taking, work
from mutualaid.core.audit import content_of, record_keys
from mutualaid.core.inserting import Same, insert_columns
from mutualaid.core.leaves import leaf_of
from mutualaid.core.models import AuditEntry, LongJob
from mutualaid.core.moves import IllegalMove
from mutualaid.core.work import Ended, Running
from mutualaid.enrolment import jobs
from mutualaid.enrolment.actions import rosters
from mutualaid.enrolment.actions.accepting import accept_enrolment
from mutualaid.enrolment.actions.rosters import preview_roster, take_rows
from mutualaid.enrolment.models import Cover, Enrolment, RosterRow
from mutualaid.people.models import Employment, Member
from tests.enrolment.rosters import begun, person, previewed, stored, submitted, version, workbook
from tests.people import cast as people
from tests.people.cast import AT, BY, Cast
from tests.racing import together

ODD = ['say "so"', "back\\slash", "{1,2}", "NULL", "", "𠮷·ñ\n\t", "a,b"]


def test_columns_are_written_as_rows_are(cast: Cast) -> None:
    draft = begun(cast.mill, version(cast.city))
    made = insert_columns(
        RosterRow,
        {
            "enrolment_id": Same(draft.pk),
            "line": list(range(len(ODD))),
            "told": ODD,
            "name": ODD,
            "identity_index": Same(""),
            "faults": [[{"field": text, "zh": text, "en": "", "offered": ""}] for text in ODD],
            "warnings": Same([]),
            "taken": Same(False),
            "units": Same(1),
            "fee_amount": Same(0),
        },
        returning=["id", "line"],
    )
    assert [line for _, line in made] == list(range(len(ODD)))
    rows = {row.pk: row for row in RosterRow.objects.filter(enrolment=draft)}
    assert [rows[key].told for key, _ in made] == ODD
    assert [rows[key].name for key, _ in made] == ODD
    assert [rows[key].faults[0]["zh"] for key, _ in made] == ODD
    assert {row.upload_id for row in rows.values()} == {None}


def test_pieces_keep_their_order_and_a_refusal_is_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mutualaid.core.inserting.COLUMNS_AT_ONCE", 2)
    draft = begun(cast.mill, version(cast.city))
    preview_roster(enrolment=draft, file=stored(workbook([person(n) for n in range(1, 8)]), draft), by=BY, at=AT)
    assert list(draft.rows.order_by("id").values_list("line", flat=True)) == list(range(2, 9))
    columns: dict[str, Any] = {"member_id": [cast.lin.pk] * 5, "employer_id": Same(cast.mill.pk)}
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_columns(Employment, columns | {"from_on": Same(AT.date())})
    assert Employment.objects.filter(member=cast.lin).count() == 1


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(TypeError, match="of one length"):
        insert_columns(Employment, {"member_id": [1, 2], "employer_id": [1]})


def test_audit_rows_by_keys_bear_their_leaves(cast: Cast) -> None:
    details: list[dict[str, Any]] = [{"units": 1, "enrolment": "E1"}, {"text": '引"号'}, {}]
    record_keys(what="register_cover", model=Cover, keys=[7, 8, 9], detail=details, by=BY, at=AT)
    record_keys(what="register_cover", model=Cover, keys=[10], detail={"units": 2}, by=BY, at=AT)
    entries = list(AuditEntry.objects.filter(what="register_cover").order_by("id"))
    assert [entry.subject for entry in entries] == [f"enrolment.cover:{key}" for key in (7, 8, 9, 10)]
    assert [entry.detail for entry in entries] == [*details, {"units": 2}]
    assert all(bytes(entry.leaf) == leaf_of(content_of(entry)) for entry in entries)
    assert len({bytes(entry.salt) for entry in entries}) == 4


def test_members_of_a_roster_are_as_if_registered_one_by_one(cast: Cast) -> None:
    accept_enrolment(enrolment=submitted(cast.mill, version(cast.city), range(31, 36)), by=BY, at=AT)
    made = Member.objects.filter(covers__isnull=False)
    above = [int(part) for part in cast.mill.unit.path.split("/") if part]
    assert {tuple(one.unit_ids) for one in made} == {tuple(sorted([0, *above]))}
    assert all(one.identity_index and one.identity_tail_index and one.phone_index is None for one in made)
    assert Employment.objects.filter(member__in=made, employer=cast.mill).count() == 5
    for entry in AuditEntry.objects.filter(what__in=["register_member", "begin_employment", "register_cover"]):
        assert bytes(entry.leaf) == leaf_of(content_of(entry))


def test_what_a_client_writes_as_units_is_not_taken(cast: Cast) -> None:
    made = Member(name="王明远", name_key="王明远", sex="M", birth_date="1990-01-01", identity_kind="passport")
    made.identity_number, made.unit_ids = "E12345678", []
    made.save(force_insert=True)
    made.refresh_from_db(fields=["unit_ids"])
    assert made.unit_ids == [-1, 0]


class Told:
    """Who keeps what is told, and may do something then."""

    def __init__(self, then: Any = None) -> None:
        self.stages: list[tuple[str, int, int | None]] = []
        self.then = then

    def __call__(self, zh: str, en: str, done: int, total: int | None = None) -> None:
        assert en
        self.stages.append((zh, done, total))
        if self.then is not None:
            self.then(zh)


def test_stages_are_told(cast: Cast) -> None:
    draft = begun(cast.mill, version(cast.city))
    told = Told()
    file = stored(workbook([person(n) for n in range(1, 4)]), draft)
    preview_roster(enrolment=draft, file=file, by=BY, at=AT, tell=told)
    assert told.stages == [
        ("读取文件", 0, None),
        ("核对各行", 3, 3),
        ("核对登记和保障", 3, 3),
        ("保存核对结果", 3, 3),
    ]


def test_large_rosters_are_the_workers(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rosters, "AT_ONCE_ROWS", 1)
    monkeypatch.setattr(bills, "AT_ONCE_PERSONS", 1)
    bills.open_fund(
        unit=cast.city, account_name="互助专户", account_number="62220001", bank_name="海市银行", by=BY, at=AT
    )
    draft = begun(cast.mill, version(cast.city))
    job = take_rows(upload=previewed(draft, [person(1), person(2)]), by=BY, at=AT)
    assert isinstance(job, LongJob)
    work.run_waiting()
    job.refresh_from_db()
    assert (job.state, job.result["rows"]) == ("done", 2)
    for step in (bills.hand_in, bills.take_on):
        draft.refresh_from_db()
        asked = step(enrolment=draft, by=BY, at=AT)
        assert isinstance(asked, LongJob)
        work.run_waiting()
        asked.refresh_from_db()
        assert asked.state == "done", asked.fault_zh
    draft.refresh_from_db()
    assert (draft.state, draft.covers.count()) == ("accepted", 2)
    with pytest.raises(IllegalMove):
        bills.take_on(enrolment=draft, by=BY, at=AT)


def test_a_job_whose_preview_was_dropped_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rosters, "AT_ONCE_ROWS", 0)
    upload = previewed(begun(cast.mill, version(cast.city)), [person(1)])
    job = take_rows(upload=upload, by=BY, at=AT)
    assert isinstance(job, LongJob)
    rosters.drop_upload(upload=upload, by=BY, at=AT)
    work.run_waiting()
    job.refresh_from_db()
    assert (job.state, "放弃" in job.fault_zh) == ("failed", True)


# --- at once, cancelled, killed: on connections of their own ----------------------------------------------------------


@pytest.fixture
def alone(transactional_db: None) -> Cast:
    return people.cast()


def test_the_same_preview_taken_twice_at_once(alone: Cast) -> None:
    upload = previewed(begun(alone.mill, version(alone.city)), [person(n) for n in range(1, 4)])
    raised = together(*[lambda: rosters.take_good_rows(upload=upload, by=BY, at=AT)] * 2)
    assert sorted(type(fault).__name__ for fault in raised) == ["NoneType", "TakenAlready"]
    assert RosterRow.objects.filter(taken=True).count() == 3


def begun_job(enrolment: Enrolment) -> Running:
    job = work.ask(kind="accept_enrolment", wanted={"enrolment": enrolment.number}, by=BY, at=AT)
    running = taking._take(str(job.key))
    assert running is not None
    return running


def test_cancelled_in_the_middle_nothing_is_changed(alone: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolment = submitted(alone.mill, version(alone.city), range(41, 44))
    enrolment.refresh_from_db()
    running = begun_job(enrolment)
    before = Member.objects.count()

    def cancel(_self: Running, zh: str, *_told: object) -> None:
        if zh == "登记会员":
            assert together(lambda: work.cancel(job=running.row, by=BY, at=AT)) == [None]

    monkeypatch.setattr(Running, "tell", cancel)
    with pytest.raises(Ended):
        jobs.accept(running)
    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.covers.count(), Member.objects.count()) == ("submitted", 0, before)
    assert LongJob.objects.get(pk=running.row.pk).state == "cancelled"


def test_a_worker_that_dies_in_the_middle_leaves_nothing(alone: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    enrolment = submitted(alone.mill, version(alone.city), range(41, 44))
    enrolment.refresh_from_db()
    job = work.ask(kind="accept_enrolment", wanted={"enrolment": enrolment.number}, by=BY, at=AT)
    before = Member.objects.count()

    def die(_self: Running, zh: str, *_told: object) -> None:
        if zh == "登记保障":
            raw: Any = connection.connection
            raw.close()  # what the server sees of a process that was killed

    with monkeypatch.context() as dying:
        dying.setattr(Running, "tell", die)
        with pytest.raises((OperationalError, InterfaceError)):
            taking.run_long(str(job.key))
    connection.close()
    assert (Cover.objects.count(), Member.objects.count()) == (0, before)
    LongJob.objects.filter(pk=job.pk).update(beat_at=None)  # as if it had been silent for long
    taking.run_long(str(job.key))
    job.refresh_from_db()
    assert (job.state, Cover.objects.count()) == ("done", 3)
    assert Enrolment.objects.get(pk=enrolment.pk).state == "accepted"
