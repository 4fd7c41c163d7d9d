"""Next of kin ask, by their own telephone, to act for a member, and prove it. What they are answered is the same whether there
is such a member or not, until somebody of an office has accepted it."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from mutualaid.claims import telling
from mutualaid.claims.history import office_above
from mutualaid.claims.kinship import PAPERS, WAITING, WRITTEN, papers_of, possible
from mutualaid.claims.models import KinPaper, Kinship, Relation, Why
from mutualaid.claims.pages import BadPage, page_type
from mutualaid.claims.refusals import Refused, Unfinished
from mutualaid.claims.states import KINSHIP
from mutualaid.core import papers
from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.core.encryption import blind_index
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.identity import IdentityKind, NotAnIdentity, read_identity
from mutualaid.people.models import Account, Kin, Level, Member, Unit
from mutualaid.people.names import NotAName, read_name, search_key

WAITING_MOST = 3
"""Requests of an account that wait for somebody at once."""
BEGUN_MOST, BEGUN_WITHIN = 6, datetime.timedelta(days=30)
"""Requests that an account may begin within some days, whatever became of them."""
PAGES_MOST = 40


class TooManyRequests(Refused):
    """More than anybody has relatives who cannot act: somebody tries out who is a member."""


class NotKin(Refused):
    """Who asks cannot be told from who is asked about, or has not said who they are."""


class Impossible(Refused):
    """A relation, reason or office that cannot be."""


@dataclass(frozen=True)
class Told:
    """For whom somebody wants to act, as what, and why. ``office``: of whom it is asked, as well as they know."""

    name: str
    identity_kind: IdentityKind
    identity_number: str
    relation: Relation
    why: Why
    office: Unit
    employer: str = ""


@transaction.atomic
def begin_kinship(*, account: Account, told: Told, by: Actor, at: datetime.datetime) -> Kinship:
    """A request that is being written, by whoever owns an account. Raises TooManyRequests, NotKin, Impossible, NotAName,
    NotAnIdentity."""
    with within([EVERYTHING]):
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)  # so that two at once are counted one by one
        mine = Kinship.objects.filter(account=account)
        waiting = mine.filter(state__in=WAITING).count()
        if waiting >= WAITING_MOST or mine.filter(begun_at__gt=at - BEGUN_WITHIN).count() >= BEGUN_MOST:
            raise TooManyRequests(
                f"同时办理的代办申请应不超过 {WAITING_MOST} 份，{BEGUN_WITHIN.days} 天内不超过 {BEGUN_MOST} 份，已达上限；"
                "请等已有的办完，或到经办机构窗口办理",
                f"expected at most {WAITING_MOST} requests at once and {BEGUN_MOST} within {BEGUN_WITHIN.days} days, found "
                "as many; wait for those, or go to the counter of the office",
            )
        name, kind, number = _who(account)
        row = Kinship(account=account, name=name, identity_kind=kind, identity_number=number, begun_at=at)
        _tell(row, told)
        row.save(force_insert=True)
        record(what="begin_kinship", row=row, by=by, at=at, relation=row.relation, why=row.why)
        row.refresh_from_db(fields=["number"])
    return row


@transaction.atomic
def write_kinship(*, kinship: Kinship, told: Told, by: Actor, at: datetime.datetime) -> Kinship:
    """Another member, relation or reason than was told before. Raises NotBeingProven, NotKin, Impossible, NotAName,
    NotAnIdentity."""
    with within([EVERYTHING]):
        row = _to_write(kinship)
        _tell(row, told)
        row.save(update_fields=[*_TOLD, "asked_office", "office", "unit_path"])
        for page in row.papers.select_related("file"):
            papers.lay_in_branch(file=page.file, unit_path=row.unit_path, by=by, at=at)
        record(what="write_kinship", row=row, by=by, at=at, relation=row.relation, why=row.why)
    return row


class NotBeingProven(Refused):
    """It was submitted, or is over: nothing of it is written any more."""


@transaction.atomic
def add_kin_pages(
    *, kinship: Kinship, word: str, files: Sequence[tuple[str, bytes]], by: Actor, at: datetime.datetime
) -> list[KinPaper]:
    """Pages of a paper, by name and content, all or none; one that is there already is that page. Raises NotBeingProven, BadPage,
    BadFile."""
    if word not in PAPERS:
        raise BadPage("没有这一种材料，请从清单中选择", "there is no such paper; choose one of the checklist")
    types = [page_type(content=content) for _, content in files]
    with within([EVERYTHING]):
        row = _to_write(kinship)
        return [
            _page(row, word, name, content, media_type, by, at)
            for (name, content), media_type in zip(files, types, strict=True)
        ]


def _page(
    row: Kinship, word: str, name: str, content: bytes, media_type: str, by: Actor, at: datetime.datetime
) -> KinPaper:
    here = KinPaper.objects.filter(kinship=row, removed_at=None)
    twice = here.filter(word=word, file__sha256=hashlib.sha256(content).hexdigest()).order_by("id").first()
    if twice is not None:
        return twice
    if here.count() >= PAGES_MOST:
        raise BadPage(
            f"一份代办申请最多 {PAGES_MOST} 页证明；请删去重复的",
            f"expected at most {PAGES_MOST} pages of proof; remove doubles",
        )
    file = papers.store(
        content=content, name=name, kind="kin_paper", media_type=media_type, unit_path=row.unit_path, by=by, at=at
    )
    paper = KinPaper.objects.create(kinship=row, file=file, word=word, at=at)
    record(what="add_kin_paper", row=paper, by=by, at=at, kinship=row.number, word=word)
    return paper


@transaction.atomic
def remove_kin_page(*, paper: KinPaper, by: Actor, at: datetime.datetime) -> KinPaper:
    """A page is taken away while the request is written; what an office has had in hands stays. Raises NotBeingProven,
    BadPage."""
    with within([EVERYTHING]):
        row = _to_write(paper.kinship)
        locked = KinPaper.objects.select_for_update(no_key=True).get(pk=paper.pk)
        if locked.removed_at is not None:
            return locked
        if row.checked_at is not None and locked.at <= row.checked_at:
            raise BadPage(
                "只能删去退回以后补交的材料；经办机构已看过的会保留，请直接补交新的",
                "only pages brought since the request was returned can be removed; what the office has seen stays",
            )
        locked.removed_at = at
        locked.save(update_fields=["removed_at"])
        record(what="remove_kin_paper", row=locked, by=by, at=at, kinship=row.number, word=locked.word)
    return locked


@transaction.atomic
def submit_kinship(*, kinship: Kinship, by: Actor, at: datetime.datetime) -> Kinship:
    """To be looked at: by the office of the member, if there is one of that name and number, else by the one that was chosen. Who
    asks is answered the same. Raises IllegalMove, Unfinished."""
    with within([EVERYTHING]):
        row = (
            Kinship.objects.select_for_update(no_key=True, of=("self",))
            .select_related("asked_office")
            .get(pk=kinship.pk)
        )
        have = set(KinPaper.objects.filter(kinship=row, removed_at=None).values_list("word", flat=True))
        wanted = papers_of(relation=row.relation, why=row.why)
        missing = [one.named for one in wanted if one.needed and one.word not in have]
        if missing and row.state in WRITTEN:
            raise Unfinished(missing)
        member = _known(row)
        office = _office_of(member) or row.asked_office
        found = {"member": member, "office": office, "unit_path": office.path, "submitted_at": at}
        moved = make(row, KINSHIP, "submit_kinship", by=by, at=at, also=found)
        for page in moved.papers.select_related("file"):
            papers.lay_in_branch(file=page.file, unit_path=office.path, by=by, at=at)
        telling.kin_asked(kinship=moved, by=by, at=at)
    return moved


@transaction.atomic
def withdraw_kinship(*, kinship: Kinship, by: Actor, at: datetime.datetime) -> Kinship:
    """Who asked takes it back before it is answered. Raises IllegalMove."""
    with within([EVERYTHING]):
        return make(kinship, KINSHIP, "withdraw_kinship", by=by, at=at)


# --- what they share --------------------------------------------------------------------------------------------------

_TOLD = ("told_name", "told_identity_kind", "told_identity_number", "told_employer", "relation", "why")


def _to_write(kinship: Kinship) -> Kinship:
    """The request under its lock. Raises NotBeingProven."""
    row = Kinship.objects.select_for_update(no_key=True).get(pk=kinship.pk)
    if row.state not in WRITTEN:
        chinese, english = KINSHIP.names[row.state]
        raise NotBeingProven(
            f"代办申请应在填写中或待补证明，现为“{chinese}”；已提交的内容不能再改",
            f"expected a request being written or waiting for proof, found it {english}; nothing of it can be changed",
        )
    return row


def _who(account: Account) -> tuple[str, str, str]:
    """Name, kind and number of the document of an account's owner. Raises NotKin."""
    own = Member.objects.filter(account=account).first() or Kin.objects.filter(account=account).first()
    if own is None:
        raise NotKin(
            "应先说明您本人是谁，没有找到；请重新注册代办账号",
            "expected to know who you are, found nothing; open an account for next of kin first",
        )
    if not (account.phone or (isinstance(own, Member) and own.phone)):
        raise NotKin(
            "应有您的手机号码，以便核对时联系，没有找到；请先在“我的—手机号码”登记",
            "expected a telephone by which you are reached, found none; enter yours under My details first",
        )
    return own.name, own.identity_kind, own.identity_number


def _tell(row: Kinship, told: Told) -> None:
    """Checked and written into the row, which is not saved."""
    number = read_identity(told.identity_kind, told.identity_number).number
    if (told.identity_kind, number) == (row.identity_kind, row.identity_number):
        raise NotKin(
            "应填写您为谁代办，得到的是您本人；给自己申请请用会员账号登录",
            "expected the person for whom you act, found yourself; sign in as a member to file for yourself",
        )
    if not possible(relation=told.relation, why=told.why):
        raise Impossible(
            "会员已身故或未成年的，代办人应为近亲属或监护人；请改选关系或原因",
            "expected next of kin or a guardian of somebody who died or is a minor; choose another relation or reason",
        )
    if told.office.level in (Level.GRASSROOTS, Level.NATIONAL):
        raise Impossible("应选择一个经办机构；请从列表中选择", "expected an office; choose one of the list")
    row.told_name, row.told_identity_kind, row.told_identity_number = read_name(told.name), told.identity_kind, number
    row.told_employer = told.employer.strip()[:100]
    row.relation, row.why = told.relation, told.why
    row.asked_office = row.office = told.office
    row.unit_path = told.office.path


def _known(row: Kinship) -> Member | None:
    """The member of that name and number; of a double, who it is."""
    index = blind_index(Member, "identity_index", row.told_identity_number)
    rows = Member.objects.filter(identity_kind=row.told_identity_kind, identity_index=index)
    found = rows.select_related("merged_into").first()
    if found is None or found.name_key != search_key(row.told_name):
        return None
    return found.merged_into or found


def _office_of(member: Member | None) -> Unit | None:
    """The office above where a member works, or worked last."""
    job = None if member is None else member.employments.order_by("-from_on", "-id").first()
    return None if job is None else Unit.objects.get(pk=office_above(job.unit_path))


REFUSALS = (Refused, NotAName, NotAnIdentity, papers.BadFile)
"""What these actions say no with."""
