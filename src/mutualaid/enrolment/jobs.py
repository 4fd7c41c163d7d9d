"""Work on large rosters in the background: reading and checking one, accepting one. Each is one call to an action."""

from __future__ import annotations

import datetime
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from mutualaid.core.actors import system
from mutualaid.core.models import StoredFile
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.core.work import Running, database_time, long_job, outbox, timer
from mutualaid.enrolment.actions.accepting import accept_enrolment
from mutualaid.enrolment.actions.joining_pages import GOOD_FOR, OUTBOX, TEMPLATE, forget_requests
from mutualaid.enrolment.actions.package_rosters import preview_package, take_package_rows
from mutualaid.enrolment.actions.reminding import KINDS, remind
from mutualaid.enrolment.actions.renewing import fill_from_before, fill_package_from_before
from mutualaid.enrolment.actions.rosters import preview_roster, take_good_rows
from mutualaid.enrolment.actions.transfers import drop_expired_transfers
from mutualaid.enrolment.models import Enrolment, JoiningRequest, RosterUpload
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.packages import preview_counts
from mutualaid.enrolment.standing import TakenAlready
from mutualaid.notices import gateway

BY = system("enrolment")
_log = logging.getLogger(__name__)


@long_job("preview_roster")
def preview(job: Running, /) -> Mapping[str, Any]:
    """``{"enrolment": number, "file": key, "mend": whether all is mended that is certain}`` -> the upload. One piece: a
    roster is previewed whole or not at all."""
    if job.done:
        return job.kept
    with transaction.atomic():
        enrolment = Enrolment.objects.get(number=job.wanted["enrolment"])
        file = StoredFile.objects.get(key=job.wanted["file"])
        mend = bool(job.wanted.get("mend"))
        upload = preview_roster(
            enrolment=enrolment, file=file, mend=mend, by=job.asked_by, at=database_time(), tell=job.tell
        )
        page = f"/employers/enrolments/{enrolment.number}/uploads/{file.key}"
        result = {"upload": upload.pk, "rows": upload.rows_read, "good": upload.rows_good, "page": page}
        job.progress(upload.rows_read, upload.rows_read, kept=result)
    return result


@long_job("take_roster")
def take(job: Running, /) -> Mapping[str, Any]:
    """``{"upload": key}`` -> how many rows were taken. One piece: all good rows or none."""
    if job.done:
        return job.kept
    with transaction.atomic():
        upload = RosterUpload.objects.select_related("enrolment").filter(pk=job.wanted["upload"]).first()
        if upload is None:
            raise TakenAlready(
                "应为尚未采用或放弃的名单；该名单已放弃或被新的上传取代",
                "expected an upload that was neither taken nor dropped, found that it was dropped or replaced",
            )
        job.tell("采用名单", "taking the rows", 0, upload.rows_good)
        count = take_good_rows(upload=upload, by=job.asked_by, at=database_time())
        result = {"rows": count, "page": f"/employers/enrolments/{upload.enrolment.number}"}
        job.progress(count, count, kept=result)
    return result


@timer("40 18 * * *", name="enrolment.drop_expired_transfers")
def drop_expired(*, at: datetime.datetime) -> None:
    """Each night: files that nobody went on sending go."""
    with within([EVERYTHING]):
        drop_expired_transfers(by=system("enrolment"), at=at)


@long_job("accept_enrolment")
def accept(job: Running, /) -> Mapping[str, Any]:
    """``{"enrolment": number}`` -> how many covers wait for payment. One piece: all persons or none."""
    if job.done:
        return job.kept
    with transaction.atomic():
        enrolment = Enrolment.objects.get(number=job.wanted["enrolment"])
        accepted = accept_enrolment(enrolment=enrolment, by=job.asked_by, at=database_time(), tell=job.tell)
        count = accepted.covers.count()
        job.progress(count, count, kept={"covers": count})
    return {"covers": count}


@long_job("preview_package")
def preview_of_package(job: Running, /) -> Mapping[str, Any]:
    """``{"package": number, "file": key}`` -> how many rows. One piece: a roster is previewed whole or not at all."""
    if job.done:
        return job.kept
    with transaction.atomic():
        package = Package.objects.get(number=job.wanted["package"])
        file = StoredFile.objects.get(key=job.wanted["file"])
        uploads = preview_package(package=package, file=file, by=job.asked_by, at=database_time(), tell=job.tell)
        read, good = preview_counts(uploads=uploads)
        page = f"/employers/packages/{package.number}/roster"
        result = {"rows": read, "good": good, "page": page}
        job.progress(read, read, kept=result)
    return result


@long_job("take_package")
def take_of_package(job: Running, /) -> Mapping[str, Any]:
    """``{"package": number, "leave_out_faulty": whether only good rows are taken}`` -> how many persons. All or none."""
    if job.done:
        return job.kept
    with transaction.atomic():
        package = Package.objects.get(number=job.wanted["package"])
        job.tell("采用名单", "taking the rows", 0, None)
        count = take_package_rows(
            package=package, leave_out_faulty=job.wanted["leave_out_faulty"], by=job.asked_by, at=database_time()
        )
        result = {"persons": count, "page": f"/employers/packages/{package.number}"}
        job.progress(count, count, kept=result)
    return result


@outbox(OUTBOX)
def deliver_joining_code(*, delivery: str, wanted: Mapping[str, Any]) -> None:  # noqa: ARG001 - the request has a key of its own
    """``{"request": key}``: the code of somebody who joins goes to their phone; one that cannot be sent is asked for anew."""
    with within([EVERYTHING]):
        found = JoiningRequest.objects.filter(key=uuid.UUID(wanted["request"])).first()
    at = database_time()
    if found is None or at >= found.at + GOOD_FOR:
        return
    try:
        gateway.provider().send(
            name=wanted["request"], phone=found.phone, template=TEMPLATE, words={"code": found.code}, at=at
        )
    except (gateway.NotTaken, gateway.Unclear, gateway.NotNow, gateway.SmsFault) as fault:
        _log.warning("code of request %s: %s", wanted["request"], type(fault).__name__)


@timer("40 19 * * *", name="enrolment.forget_requests")
def forget(*, at: datetime.datetime) -> None:
    """Each night: what people told at pages is forgotten."""
    with within([EVERYTHING]):
        forget_requests(by=BY, at=at)


@long_job("renew_roster")
def renew(job: Running, /) -> Mapping[str, Any]:
    """``{"enrolment": number}`` -> the upload with last term's roster. One piece."""
    if job.done:
        return job.kept
    with transaction.atomic():
        enrolment = Enrolment.objects.get(number=job.wanted["enrolment"])
        upload = fill_from_before(enrolment=enrolment, by=job.asked_by, at=database_time())
        page = f"/employers/enrolments/{enrolment.number}/uploads/{upload.file.key}"
        result = {"upload": upload.pk, "rows": upload.rows_read, "good": upload.rows_good, "page": page}
        job.progress(upload.rows_read, upload.rows_read, kept=result)
    return result


@long_job("renew_package")
def renew_of_package(job: Running, /) -> Mapping[str, Any]:
    """``{"package": number, "before": number}`` -> how many rows of the earlier package's roster. One piece."""
    if job.done:
        return job.kept
    with transaction.atomic():
        package = Package.objects.get(number=job.wanted["package"])
        before = Package.objects.get(number=job.wanted["before"])
        uploads = fill_package_from_before(
            package=package, before=before, by=job.asked_by, at=database_time(), tell=job.tell
        )
        read, good = preview_counts(uploads=uploads)
        result = {"rows": read, "good": good, "page": f"/employers/packages/{package.number}/roster"}
        job.progress(read, read, kept=result)
    return result


@timer("30 0 * * *", name="enrolment.remind")
def remind_of_seasons(*, at: datetime.datetime) -> None:
    """Each morning: seasons that open or close soon, cover that ends. Each kind by itself, so that one that fails
    holds up none."""
    for kind in KINDS:
        remind(kind=kind, by=system("enrolment"), at=at)
