"""More persons of a platform than a call waits for: kept in pieces, covered piece by piece by the worker, billed when all are."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence

from django.db import transaction

from mutualaid.contributions.actions.joining import Payer, begin_owed
from mutualaid.contributions.actions.owing import bill_owed
from mutualaid.contributions.models import Bill
from mutualaid.contributions.queries import fund_for
from mutualaid.contributions.refusals import Refused as MoneyRefused
from mutualaid.core import work
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.actions.accepting import Meanwhile
from mutualaid.enrolment.actions.joining import Answered, cover_persons
from mutualaid.enrolment.joining import term_to_join
from mutualaid.enrolment.models import JoiningAnswer, JoiningBatch, JoiningPiece, Way
from mutualaid.people.models import Employer
from mutualaid.people.refusals import Refused
from mutualaid.plans.models import PlanVersion

PIECE = 1000
"""Persons who are covered in one transaction."""
KEPT = datetime.timedelta(days=92)
KIND = "join_batch"


@transaction.atomic
def ask_batch(
    *,
    employer: Employer,
    version: PlanVersion,
    told: Sequence[Mapping[str, str]],
    option: str = "",
    wanted_on: datetime.date | None = None,
    payer: Payer,
    by: Actor,
    at: datetime.datetime,
) -> JoiningBatch:
    """Persons, told by the fields of a roster with ``work`` and ``reference``, are to be covered by the worker. What would refuse
    all of them is refused now. Raises NotOffered, WindowClosed, NotThatDay, NoSuchPrice, NoFund."""
    term_to_join(version=version, employer=employer, option=option, wanted_on=wanted_on, on=day_of(at))
    with within([EVERYTHING]):
        fund_for(employer=employer)
        batch = JoiningBatch.objects.create(
            employer=employer, version=version, option=option, wanted_on=wanted_on, payer_kind=payer.kind,
            payer_name=payer.name[:100], rows=len(told), at=at,
        )  # fmt: skip
        for first in range(0, len(told), PIECE):
            part = [dict(row) for row in told[first : first + PIECE]]
            JoiningPiece.objects.create(batch=batch, first=first + 1, told=json.dumps(part, ensure_ascii=False))
        batch.job = work.ask(kind=KIND, wanted={"batch": batch.key.hex}, by=by, at=at)
        batch.save(update_fields=["job"])
        record(what="ask_joining_batch", row=batch, by=by, at=at, rows=batch.rows)
    return batch


@transaction.atomic
def take_piece(*, piece: JoiningPiece, by: Actor, at: datetime.datetime) -> dict[str, int]:
    """The persons of one piece are covered, as ``enrol_batch`` covers them, and answered; the piece is gone. How many of each
    outcome. What refuses the whole piece is the answer to each of its rows. Raises Meanwhile: try again."""
    with within([EVERYTHING]):
        batch = JoiningBatch.objects.select_related("employer__unit", "version", "enrolment").get(pk=piece.batch_id)
        rows: list[dict[str, str]] = json.loads(piece.told)
        references = [row.pop("reference", "") for row in rows]
        works = [row.pop("work", "other") for row in rows]
        try:
            with transaction.atomic():
                answers = _covered(batch, rows, works, by, at)
        except Meanwhile:
            raise
        except (Refused, MoneyRefused) as refusal:
            fault = {"field": "plan", "zh": refusal.zh, "en": refusal.en, "offered": ""}
            answers = [Answered("faulty", faults=(fault,))] * len(rows)
        JoiningAnswer.objects.bulk_create(
            JoiningAnswer(
                batch=batch, row=piece.first + place, reference=reference, outcome=one.outcome, cover=one.cover,
                member=one.member, faults=list(one.faults),
            )
            for place, (reference, one) in enumerate(zip(references, answers, strict=True))
        )  # fmt: skip
        counts = {name: sum(one.outcome == name for one in answers) for name in ("covered", "already", "faulty")}
        record(what="take_joining_piece", row=batch, by=by, at=at, first=piece.first, **counts)
        piece.delete()
    return counts


def _covered(
    batch: JoiningBatch, rows: Sequence[Mapping[str, str]], works: Sequence[str], by: Actor, at: datetime.datetime
) -> list[Answered]:
    made = cover_persons(
        employer=batch.employer, version=batch.version, told=rows, works=works, way=Way.PLATFORM, option=batch.option,
        wanted_on=batch.wanted_on, together=False, into=batch.enrolment, by=by, at=at,
    )  # fmt: skip
    if made.enrolment is not None:
        begin_owed(covered=made, payer=Payer(batch.payer_kind, batch.payer_name), by=by, at=at)
        if made.enrolment != batch.enrolment:
            if batch.enrolment is not None:  # another day has come meanwhile
                bill_owed(enrolment=batch.enrolment, by=by, at=at)
            batch.enrolment = made.enrolment
            batch.save(update_fields=["enrolment"])
    return list(made.answers)


@transaction.atomic
def bill_batch(*, batch: JoiningBatch, by: Actor, at: datetime.datetime) -> list[Bill]:
    """All pieces are done: whoever bears the fees is billed. Raises NoFund; the night tries again."""
    return [] if batch.enrolment is None else bill_owed(enrolment=batch.enrolment, by=by, at=at)


@transaction.atomic
def forget_batches(*, by: Actor, at: datetime.datetime) -> int:
    """Answers of batches that are old go; how many batches. Who is covered stays covered."""
    old = JoiningBatch.objects.filter(at__lt=at - KEPT)
    count = old.count()
    if count:
        record(what="forget_batches", row=JoiningBatch(), by=by, at=at, count=count)
        old.delete()
    return count
