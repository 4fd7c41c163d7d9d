"""A roster file that comes in parts: on after a break, held against its hash, dropped, expired, fenced."""

from __future__ import annotations

import datetime
import hashlib

import pytest
from django.db import connection

from mutualaid.core import papers
from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.encryption import keys
from mutualaid.core.models import AuditEntry
from mutualaid.core.row_security import within
from mutualaid.enrolment.access import transfer_for, transfers_of
from mutualaid.enrolment.actions import transfers
from mutualaid.enrolment.actions.rosters import take_good_rows
from mutualaid.enrolment.actions.transfers import (
    KEPT,
    NotWhole,
    OutOfStep,
    add_part,
    begin_transfer,
    drop_expired_transfers,
    drop_transfer,
    finish_transfer,
)
from mutualaid.enrolment.jobs import drop_expired
from mutualaid.enrolment.models import Enrolment, RosterTransfer, RosterUpload, TransferPart
from mutualaid.enrolment.roster.limits import NotARoster
from mutualaid.enrolment.standing import NotDraft, TakenAlready
from mutualaid.people.access import NotFound
from tests.enrolment.rosters import ON, begun, person, previewed, version, workbook
from tests.people.cast import AT, BY, Cast, as_clerk

CONTENT = workbook([person(order) for order in range(41, 46)])
HASH = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def draft(cast: Cast) -> Enrolment:
    return begun(cast.mill, version(cast.city))


def begin(draft: Enrolment, by: Actor = BY, sha256: str = HASH, size: int = len(CONTENT)) -> RosterTransfer:
    return begin_transfer(enrolment=draft, name="花名册.xlsx", size=size, sha256=sha256, by=by, at=AT)


def sent(transfer: RosterTransfer, begins: int, content: bytes) -> int:
    return add_part(transfer=transfer, begins=begins, content=content, by=BY, at=AT)


def test_a_file_comes_in_parts_and_is_previewed(draft: Enrolment) -> None:
    transfer = begin(draft)
    there = 0
    while there < len(CONTENT):
        there = sent(transfer, there, CONTENT[there : there + 1000])
    upload = finish_transfer(transfer=transfer, by=BY, at=AT)
    assert isinstance(upload, RosterUpload)
    assert (upload.rows_read, upload.rows_good) == (5, 5)
    assert papers.read(upload.file) == CONTENT
    assert not RosterTransfer.objects.exists()
    assert not TransferPart.objects.exists()
    words = AuditEntry.objects.filter(what__in=["begin_transfer", "finish_transfer"]).values_list("what", flat=True)
    assert sorted(words) == ["begin_transfer", "finish_transfer"]


def test_it_goes_on_where_it_stopped(draft: Enrolment) -> None:
    sent(begin(draft), 0, CONTENT[:1000])
    again = begin(draft)
    assert again.received == 1000
    assert sent(again, 0, CONTENT[:1000]) == 1000  # the answer to it was lost: nothing changes
    with pytest.raises(OutOfStep) as refused:
        sent(again, 2000, CONTENT[2000:2100])
    assert refused.value.received == 1000
    with pytest.raises(OutOfStep):
        finish_transfer(transfer=again, by=BY, at=AT)


@pytest.mark.parametrize("part", [b"", b"x" * (transfers.PART_MOST + 1), CONTENT + b"more"])
def test_a_part_is_within_the_promise(draft: Enrolment, part: bytes) -> None:
    with pytest.raises(OutOfStep):
        sent(begin(draft), 0, part)


def test_other_bytes_than_promised_are_no_roster(draft: Enrolment) -> None:
    transfer = begin(draft, sha256="0" * 64)
    sent(transfer, 0, CONTENT)
    with pytest.raises(NotWhole):
        finish_transfer(transfer=transfer, by=BY, at=AT)
    assert not draft.uploads.exists()


@pytest.mark.parametrize("size", [0, 64 * 2**20 + 1])
def test_an_impossible_size_is_refused(draft: Enrolment, size: int) -> None:
    with pytest.raises(NotARoster):
        begin(draft, size=size)


def test_parts_lie_encrypted(draft: Enrolment) -> None:
    transfer = begin(draft)
    sent(transfer, 0, CONTENT[:500])
    sealed = bytes(TransferPart.objects.get().sealed)
    assert CONTENT[:20] not in sealed
    assert keys().open(sealed, purpose=f"enrolment_transferpart.{transfer.key}.0") == CONTENT[:500]


def test_a_fourth_takes_the_place_of_the_oldest(draft: Enrolment) -> None:
    made = [begin(draft, sha256=f"{number:064x}") for number in range(4)]
    assert list(transfers_of(actor=BY, enrolment=draft)) == [made[3], made[2], made[1]]


def test_dropped_and_expired_ones_go(draft: Enrolment) -> None:
    drop_transfer(transfer=begin(draft), by=BY, at=AT)
    with pytest.raises(NotWhole):
        sent(RosterTransfer(pk=0), 0, b"x")
    begin(draft)
    assert not drop_expired_transfers(by=BY, at=AT + KEPT)
    drop_expired(at=AT + KEPT + datetime.timedelta(seconds=1))
    assert not RosterTransfer.objects.exists()


def test_only_a_draft_takes_files(draft: Enrolment) -> None:
    Enrolment.objects.filter(pk=draft.pk).update(state="submitted")
    with pytest.raises(NotDraft):
        begin(draft)


def test_whoever_sends_it_alone_finds_it(cast: Cast, draft: Enrolment) -> None:
    draft.refresh_from_db()
    clerk = as_clerk(cast.clerk)
    transfer = begin(draft, by=clerk)
    assert transfer_for(actor=clerk, number=draft.number, key=transfer.key, on=ON) == transfer
    for stranger in (Actor(ActorKind.STAFF, str(cast.reviewer.account_id)), Actor(ActorKind.CLERK, "0")):
        with pytest.raises(NotFound):
            transfer_for(actor=stranger, number=draft.number, key=transfer.key, on=ON)
    with pytest.raises(OutOfStep):
        add_part(transfer=transfer, begins=0, content=b"x", by=BY, at=AT)


def test_its_branch_alone_sees_it(cast: Cast, draft: Enrolment) -> None:
    sent(begin(draft), 0, b"x")
    seen = {}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mutualaid_app")
        for unit in (cast.county, cast.other_city):
            with within([unit.path]):
                seen[unit.pk] = RosterTransfer.objects.count(), TransferPart.objects.count()
        cursor.execute("RESET ROLE")
    assert seen == {cast.county.pk: (1, 1), cast.other_city.pk: (0, 0)}


def test_a_preview_is_taken_once(draft: Enrolment) -> None:
    upload = previewed(draft, [person(1)])
    assert take_good_rows(upload=upload, by=BY, at=AT) == 1
    with pytest.raises(TakenAlready):
        take_good_rows(upload=upload, by=BY, at=AT)
