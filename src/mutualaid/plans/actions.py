"""Versions of plans are drafted, changed, submitted, approved by another person, withdrawn; offices choose their words."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence

from django.db import connection, transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.moves import IllegalMove, make
from mutualaid.notices.actions import notify, notify_office
from mutualaid.people.models import Account, Level, Unit
from mutualaid.plans.access import APPROVE
from mutualaid.plans.models import OfficeWords, PlanVersion
from mutualaid.plans.queries import beside, document_of, hindrances
from mutualaid.plans.reading import Draft, PlanError
from mutualaid.plans.refusals import (
    ChangedSince,
    NotAnOffice,
    NothingSaid,
    NotPublishable,
    OfferedTooEarly,
    PlanRefused,
    SamePerson,
    StillNeeded,
)
from mutualaid.plans.shipped import LibraryDocument, library_documents
from mutualaid.plans.states import VERSION
from mutualaid.plans.texts import faults_among, read_text

WORD_MOST, REMARK_MOST = 20, 500
_PUBLISHING = 0x706C616E
"""The lock under which versions are published and withdrawn: one at a time, so that what was looked up still holds."""


@transaction.atomic
def draft_plan(
    *, office: Unit, text: str, based_on: PlanVersion | None = None, by: Actor, at: datetime.datetime
) -> PlanVersion:
    """A version is drafted from a text: of the library, of another version, or uploaded. A text with faults is not kept.

    Raises PlanRefused with every fault, NotAnOffice.
    """
    _an_office(office)
    said = _read(text, office)
    version = PlanVersion.objects.create(
        office=office, text=text, based_on=based_on, drafted_by=by.key, authors=[by.key], drafted_at=at, **said
    )
    record(what="draft_plan", row=version, by=by, at=at, plan=version.plan, sha256=version.sha256)
    return version


@transaction.atomic
def change_draft(*, version: PlanVersion, text: str, by: Actor, at: datetime.datetime) -> PlanVersion:
    """A draft says something else. Raises PlanRefused, IllegalMove when it is no draft any more."""
    locked = _locked(version)
    if locked.state != "draft":
        raise IllegalMove(locked, VERSION, "submit_plan", locked.state)
    said = _read(text, locked.office)
    for name, value in said.items():
        setattr(locked, name, value)
    locked.text = text
    locked.authors = _with(locked.authors, by)
    locked.save(update_fields=[*said, "text", "authors"])
    record(what="change_draft", row=locked, by=by, at=at, plan=locked.plan, sha256=locked.sha256)
    return locked


@transaction.atomic
def submit_plan(*, version: PlanVersion, remark: str = "", by: Actor, at: datetime.datetime) -> PlanVersion:
    """The draft is laid before another person, with a remark for them if there is one to make. Raises IllegalMove, NotPublishable
    with every reason, NothingSaid for a remark that is too long."""
    said = _said(remark, REMARK_MOST, "提交说明", "a remark") if remark.strip() else ""
    locked = make(version, VERSION, "submit_plan", by=by, at=at, plan=version.plan)
    found = hindrances(version=locked)
    if found:
        raise NotPublishable(found)
    locked.authors, locked.remark = _with(locked.authors, by), said
    locked.save(update_fields=["authors", "remark"])
    notify_office(
        unit=locked.office,
        roles=APPROVE,
        besides=[*locked.authors, locked.drafted_by],
        template="plan_to_approve",
        words={"plan": locked.name_zh, "number": locked.number},
        link=_page(locked),
        by=by,
        at=at,
    )
    return locked


@transaction.atomic
def return_plan(*, version: PlanVersion, remark: str, by: Actor, at: datetime.datetime) -> PlanVersion:
    """It goes back to be changed, with a remark what to mend. Raises IllegalMove, NothingSaid."""
    said = _said(remark, REMARK_MOST, "退回意见", "a remark")
    locked = make(version, VERSION, "return_plan", by=by, at=at, plan=version.plan)
    locked.remark = said
    locked.save(update_fields=["remark"])
    _tell_authors(locked, "plan_returned", by, at, reason=said)
    return locked


@transaction.atomic
def publish_plan(
    *,
    version: PlanVersion,
    offered_from_on: datetime.date,
    seen: str | None = None,
    by: Actor,
    at: datetime.datetime,
) -> PlanVersion:
    """Another person approves it: from a day on employers of the office's branch enrol in it, in place of the edition before.
    ``seen``: the SHA-256 of the text that the person looked at; None for who reads it in the same transaction.

    Raises SamePerson, ChangedSince, OfferedTooEarly, NotPublishable, IllegalMove.
    """
    _alone()
    locked = _locked(version)
    if by.key in {locked.drafted_by, *locked.authors}:
        raise SamePerson(
            "计划应由起草、修改、提交以外的人批准；得到其中一人，请交由他人批准",
            "expected somebody else than who drafted, changed or submitted the plan, found one of them; leave it to another",
        )
    if locked.state == "submitted" and seen not in (None, locked.sha256):
        # Returned, changed and submitted again while the page was open: nobody approves what they have not read.
        raise ChangedSince(
            "批准的应为您看过的文本；其间计划已修改并重新提交，请重新阅读后再决定",
            "expected the text that you looked at, found that it was changed and submitted again since; read it again",
        )
    if locked.state == "submitted":
        # In another state it is the move that refuses, with what became of the version meanwhile.
        found = hindrances(version=locked)
        if found:
            raise NotPublishable(found)
        _in_time(locked, offered_from_on, at)
        locked.published_at, locked.offered_from_on = at, offered_from_on
        locked.save(update_fields=["published_at", "offered_from_on"])
    first = str(offered_from_on)
    published = make(locked, VERSION, "publish_plan", by=by, at=at, plan=locked.plan, offered_from_on=first)
    _tell_authors(published, "plan_published", by, at, from_on=first)
    return published


def _tell_authors(version: PlanVersion, template: str, by: Actor, at: datetime.datetime, **words: str) -> None:
    """Who drafted, changed or submitted it."""
    words |= {"plan": version.name_zh, "number": version.number}
    keys = {int(key) for key in (version.drafted_by, *version.authors) if key.isascii() and key.isdecimal()}
    for account in Account.objects.filter(pk__in=keys, is_active=True).order_by("pk"):
        link = _page(version)
        notify(account=account, portal="staff", template=template, words=words, link=link, by=by, at=at)


def _page(version: PlanVersion) -> str:
    return f"/workbench/plans/{version.number}"


def _in_time(version: PlanVersion, offered_from_on: datetime.date, at: datetime.datetime) -> None:
    today = day_of(at)
    if offered_from_on < today:
        raise OfferedTooEarly(
            f"开办日应为今天（{today}）或以后；得到 {offered_from_on}，请改正",
            f"expected a first day of {today} or later, found {offered_from_on}; correct it",
        )
    others = PlanVersion.objects.filter(
        office=version.office_id, family=version.family, state__in=("published", "withdrawn")
    )
    last = others.order_by("-offered_from_on").first()
    if last is not None and last.offered_from_on is not None and offered_from_on <= last.offered_from_on:
        raise OfferedTooEarly(
            f"同一系列的后一版应晚于 {last.plan} 的开办日 {last.offered_from_on}；得到 {offered_from_on}，请改用以后的日期",
            f"expected a day after {last.offered_from_on}, from which {last.plan} of the same family is offered, "
            f"found {offered_from_on}; take a later day",
        )


@transaction.atomic
def withdraw_plan(*, version: PlanVersion, remark: str, by: Actor, at: datetime.datetime) -> PlanVersion:
    """It takes no new enrolments; covers under it go on. Raises IllegalMove, NothingSaid, StillNeeded."""
    said = _said(remark, REMARK_MOST, "停办原因", "a reason")
    _alone()
    below = PlanVersion.objects.filter(office__path__startswith=version.office.path, state="published")
    for other in below.exclude(pk=version.pk):
        if version.plan in (document_of(version=other).combines or ()):
            raise StillNeeded(
                f"停办的计划应不在组合计划中；得到 {other.plan} 仍含它，请先停办那个组合",
                f"expected no combination with the plan, found {other.plan}; withdraw that first",
            )
    locked = make(version, VERSION, "withdraw_plan", by=by, at=at, plan=version.plan)
    locked.remark = said
    locked.save(update_fields=["remark"])
    return locked


@transaction.atomic
def discard_plan(*, version: PlanVersion, by: Actor, at: datetime.datetime) -> PlanVersion:
    """A draft comes to nothing. Raises IllegalMove."""
    return make(version, VERSION, "discard_plan", by=by, at=at, plan=version.plan)


@transaction.atomic
def set_office_words(
    *, unit: Unit, enrol: str, contribution: str, benefit: str, claim: str, by: Actor, at: datetime.datetime
) -> OfficeWords:
    """An office's own words for its whole branch. Raises NotAnOffice, NothingSaid."""
    _an_office(unit)
    said = {
        "enrol": _said(enrol, WORD_MOST, "“参保”的叫法", "a word for enrolling"),
        "contribution": _said(contribution, WORD_MOST, "“互助费”的叫法", "a word for the contribution"),
        "benefit": _said(benefit, WORD_MOST, "“互助金”的叫法", "a word for the benefit"),
        "claim": _said(claim, WORD_MOST, "“申请”的叫法", "a word for claiming"),
    }
    if said["contribution"] == said["benefit"]:
        raise NothingSaid(
            f"缴的费和给付的钱应叫法不同；得到都是“{said['benefit']}”，请改其一",
            f"expected different words for what is paid in and paid out, found {said['benefit']} for both; change one",
        )
    words, _ = OfficeWords.objects.update_or_create(unit=unit, defaults=said)
    record(what="set_office_words", row=words, by=by, at=at, **said)
    return words


@transaction.atomic
def publish_library(
    *,
    office: Unit,
    by_designer: Actor,
    by: Actor,
    at: datetime.datetime,
    plans: Sequence[str] | None = None,
) -> list[PlanVersion]:
    """The shipped documents that may be published, or the ones of them named in ``plans``, drafted and submitted by the designer
    and approved by ``by``, offered from the day itself; combinations after their parts. What is published already stays.

    Raises what the single actions raise.
    """
    published = []
    chosen = [one for one in library_documents() if one.publishable and (plans is None or one.document.plan in plans)]
    for shipped in sorted(chosen, key=_parts_first):
        if PlanVersion.objects.filter(plan=shipped.document.plan, state__in=("published", "withdrawn")).exists():
            continue
        version = draft_plan(office=office, text=shipped.text, by=by_designer, at=at)
        version = submit_plan(version=version, by=by_designer, at=at)
        published.append(publish_plan(version=version, offered_from_on=day_of(at), by=by, at=at))
    return published


def _parts_first(shipped: LibraryDocument) -> bool:
    return shipped.document.combines is not None


def _read(text: str, office: Unit) -> dict[str, str]:
    """What a text says of itself, for the columns of a version. Raises PlanRefused."""
    try:
        draft = read_text(text)
    except PlanError as error:
        raise PlanRefused(error.faults) from error
    faults = faults_among(draft, beside(office=office))
    if faults:
        raise PlanRefused(faults)
    return {**_names(draft), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def _names(draft: Draft) -> dict[str, str]:
    document = draft.document
    names = {"name_zh": (document.name.zh, 120), "name_en": (document.name.en or "", 200)}
    for name, most in names.values():
        _short(name, most)
    _short(document.plan, 64)
    return {
        "plan": document.plan,
        "family": document.family,
        **{column: name for column, (name, _) in names.items()},
    }


def _short(text: str, most: int) -> None:
    if len(text) > most:
        raise NothingSaid(
            f"计划名称应不超过 {most} 个字；得到 {len(text)} 个，请改短",
            f"expected a name of at most {most} characters, found {len(text)}; shorten it",
        )


def _said(text: str, most: int, zh: str, en: str) -> str:
    said = text.strip()
    if not said or len(said) > most:
        found = len(said)
        raise NothingSaid(
            f"应填写{zh}，不超过 {most} 个字；得到 {found} 个字，请改正",
            f"expected {en} of at most {most} characters, found {found}; correct it",
        )
    return said


def _an_office(unit: Unit) -> None:
    if unit.level == Level.GRASSROOTS:
        raise NotAnOffice(
            "应为办事处；得到单位的基层工会，请改选其上级",
            "expected an office, found an employer's union; choose the one above",
        )


def _with(authors: list[str], by: Actor) -> list[str]:
    return authors if by.key in authors else [*authors, by.key]


def _locked(version: PlanVersion) -> PlanVersion:
    return PlanVersion.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=version.pk)


def _alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PUBLISHING])
