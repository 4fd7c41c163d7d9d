"""A large file comes in parts: begun, continued after a broken connection, brought as a roster when it is whole, or dropped."""

from __future__ import annotations

import datetime
import hashlib

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.encryption import keys
from mutualaid.core.models import LongJob
from mutualaid.enrolment.actions.rosters import bring_roster
from mutualaid.enrolment.models import Enrolment, RosterTransfer, RosterUpload, TransferPart
from mutualaid.enrolment.roster.reading import BYTES_MOST, NotARoster
from mutualaid.enrolment.standing import locked_draft
from mutualaid.people.refusals import Refused

PART_MOST = 2**20
"""Bytes of one part."""
OPEN_MOST = 3
"""Files that somebody has on the way for one enrolment; a further one takes the place of the oldest."""
KEPT = datetime.timedelta(days=3)
"""How long an unfinished file waits, from its last part on."""


class OutOfStep(Refused):
    """A part that does not follow what is there: ``received`` says where to go on."""

    def __init__(self, received: int) -> None:
        self.received = received
        super().__init__(
            f"应从第 {received} 字节继续；得到的不是，请按此继续",
            f"expected the part that begins at byte {received}, found another; go on from there",
        )


class NotWhole(Refused):
    """The bytes are not, or not all, those that were promised."""


@transaction.atomic
def begin_transfer(
    *, enrolment: Enrolment, name: str, size: int, sha256: str, by: Actor, at: datetime.datetime
) -> RosterTransfer:
    """A file is to come, of so many bytes with this SHA-256 (hex); the same file again is the same transfer, which goes on
    where it stopped. Raises NotDraft, NotARoster."""
    draft = locked_draft(enrolment=enrolment)
    if not 0 < size <= BYTES_MOST:
        raise NotARoster(
            f"文件应有内容且不超过 {BYTES_MOST // 2**20} MB；得到 {size} 字节，请核对文件，或删去图片、分批上传",
            f"expected a file with content, of at most {BYTES_MOST // 2**20} MB, found {size} bytes; check it, remove pictures "
            "or split it",
        )
    own = RosterTransfer.objects.filter(enrolment=draft, by_kind=by.kind, by_key=by.key)
    same = own.filter(sha256=sha256, size=size).first()
    if same is not None:
        return same
    for old in own.order_by("-id")[OPEN_MOST - 1 :]:
        old.delete()
    made = RosterTransfer.objects.create(
        enrolment=draft,
        by_kind=by.kind,
        by_key=by.key,
        name=name[:200],
        size=size,
        sha256=sha256,
        begun_at=at,
        expires_at=at + KEPT,
    )
    record(what="begin_transfer", row=made, by=by, at=at, enrolment=draft.number, size=size)
    return made


def _locked(transfer: RosterTransfer) -> RosterTransfer:
    """The transfer under its lock. Raises NotWhole when it is gone."""
    found = RosterTransfer.objects.select_for_update(no_key=True, of=("self",)).filter(pk=transfer.pk).first()
    if found is None:
        raise NotWhole(
            "应为尚未完成的上传；该上传已完成或放弃，请重新上传",
            "expected a transfer that is still on its way, found that it is done or dropped; send the file again",
        )
    return found


@transaction.atomic
def add_part(*, transfer: RosterTransfer, begins: int, content: bytes, by: Actor, at: datetime.datetime) -> int:
    """Further bytes of a file, from ``begins`` on; gives how many are there. A part that is there already changes nothing. What
    the parts make is told by the audit row of the file. Raises OutOfStep, NotWhole."""
    locked = _locked(transfer)
    if str(by) != f"{locked.by_kind}:{locked.by_key}":
        raise OutOfStep(locked.received)
    if len(content) > 0 and begins + len(content) <= locked.received:
        return locked.received
    if begins != locked.received or not 0 < len(content) <= PART_MOST or begins + len(content) > locked.size:
        raise OutOfStep(locked.received)
    sealed = keys().seal(content, purpose=_purpose(locked, begins))
    TransferPart.objects.create(transfer=locked, begins=begins, sealed=sealed)
    locked.received, locked.expires_at = begins + len(content), at + KEPT
    locked.save(update_fields=["received", "expires_at"])
    return locked.received


@transaction.atomic
def finish_transfer(*, transfer: RosterTransfer, by: Actor, at: datetime.datetime) -> RosterUpload | LongJob:
    """All bytes are there: they are held against the promise, and brought as ``bring_roster`` brings a file. Raises NotWhole,
    OutOfStep, and what that raises."""
    locked = _locked(transfer)
    if locked.received != locked.size:
        raise OutOfStep(locked.received)
    parts = locked.parts.order_by("begins").values_list("begins", "sealed")
    content = b"".join(
        keys().open(bytes(sealed), purpose=_purpose(locked, begins)) for begins, sealed in parts.iterator(chunk_size=4)
    )
    if hashlib.sha256(content).hexdigest() != locked.sha256:
        raise NotWhole(
            "文件内容应与选择时相同；得到的不同，可能上传中被改动，请放弃后重新上传",
            "expected the bytes that were promised, found others: the file was changed on the way; drop it and send it again",
        )
    made = bring_roster(enrolment=locked.enrolment, content=content, name=locked.name, by=by, at=at)
    record(what="finish_transfer", row=locked, by=by, at=at, enrolment=locked.enrolment.number, size=locked.size)
    locked.delete()
    return made


@transaction.atomic
def drop_transfer(*, transfer: RosterTransfer, by: Actor, at: datetime.datetime) -> None:
    """A file is not sent to its end; its bytes go. Raises NotWhole."""
    locked = _locked(transfer)
    record(what="drop_transfer", row=locked, by=by, at=at, received=locked.received)
    locked.delete()


@transaction.atomic
def drop_expired_transfers(*, by: Actor, at: datetime.datetime) -> int:
    """Those that nobody went on with go; how many."""
    old = list(RosterTransfer.objects.filter(expires_at__lt=at).select_for_update(skip_locked=True))
    for one in old:
        drop_transfer(transfer=one, by=by, at=at)
    return len(old)


def _purpose(transfer: RosterTransfer, begins: int) -> str:
    return f"enrolment_transferpart.{transfer.key}.{begins}"
