"""Telling people something. A notice is a row of the transaction of what it tells of, and reaches the inbox with it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record, record_all
from mutualaid.core.dates import day_of
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.notices.actions.messages import write_messages
from mutualaid.notices.models import Notice
from mutualaid.notices.templates import TEMPLATES, link_of
from mutualaid.people.models import Account, Employer, EmployerClerk, Member, RoleName, Unit
from mutualaid.people.queries import nearest_holders

_AT_ONCE = 1000


class BadNotice(ValueError):
    """A notice that cannot be said: a slip in the program. ``zh`` and ``en`` say what was expected and found."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


@dataclass(frozen=True)
class Letter:
    """What one of many readers is told: their own words and link."""

    account: Account
    words: Mapping[str, object]
    link: str = ""


@dataclass(frozen=True)
class MemberLetter:
    """What one of many members is told. Without ``link`` the template's own."""

    member: Member
    words: Mapping[str, object]
    link: str = ""


@transaction.atomic
def notify(
    *,
    account: Account,
    portal: str,
    template: str,
    words: Mapping[str, object],
    link: str = "",
    by: Actor,
    at: datetime.datetime,
) -> Notice:
    """Tell an account something, in one of its ends (``staff``, ``clerk``, ``member``). ``words``: of the template, written
    as they are to be read, none of them personal data; ``link``: the page behind it, a path of this site. Raises BadNotice."""
    letter = Letter(account, words, link)
    return notify_all(letters=[letter], portal=portal, template=template, by=by, at=at)[0]


@transaction.atomic
def notify_all(
    *, letters: Iterable[Letter], portal: str, template: str, by: Actor, at: datetime.datetime
) -> Sequence[Notice]:
    """Tell many accounts the same thing, each in their own words. Raises BadNotice."""
    notices = []
    for letter in letters:
        _check(template, letter.words, letter.link)
        words = _written(letter.words)
        notices.append(
            Notice(account=letter.account, portal=portal, template=template, words=words, link=letter.link, at=at)
        )
    made = Notice.objects.bulk_create(notices, batch_size=_AT_ONCE)
    record_all(what="notify", rows=((notice, {"template": template}) for notice in made), by=by, at=at)
    return made


def notify_member(
    *,
    member: Member,
    template: str,
    words: Mapping[str, object],
    link: str = "",
    by: Actor,
    at: datetime.datetime,
) -> None:
    """Tell a member something: in the inbox if they have an account, and by a short message if the template has one, they have a
    phone and agreed to messages. Without ``link`` the template's own. Raises BadNotice."""
    notify_members(letters=[MemberLetter(member, words, link)], template=template, by=by, at=at)


@transaction.atomic(savepoint=False)  # part of what it tells of: it goes as a whole or not at all
def notify_members(
    *, letters: Sequence[MemberLetter], template: str, by: Actor, at: datetime.datetime
) -> Sequence[Notice]:
    """Tell many members the same thing, each in their own words, as ``notify_member`` does. Raises BadNotice."""
    for one in letters:
        _check(template, one.words, one.link)
    notices = [
        Notice(
            account_id=one.member.account_id,
            portal="member",
            template=template,
            words=_written(one.words),
            link=one.link or link_of(template, one.words),
            at=at,
        )
        for one in letters
        if one.member.account_id is not None
    ]
    made = Notice.objects.bulk_create(notices, batch_size=_AT_ONCE)
    if made:
        record_all(what="notify", rows=((notice, {"template": template}) for notice in made), by=by, at=at)
    told = [(one.member, _written(one.words)) for one in letters]
    write_messages(told=told, template=template, by=by, at=at)
    return made


@transaction.atomic
def notify_clerks(
    *, employer: Employer, template: str, words: Mapping[str, object], link: str, by: Actor, at: datetime.datetime
) -> int:
    """Tell every clerk who acts for an employer, or for the one of which it became part; how many. Raises BadNotice."""
    with within([EVERYTHING]):  # whoever decides above does not always see who acts below
        acts = Q(employer=employer) | Q(employer__formers=employer)
        bound = EmployerClerk.objects.filter(acts, state="bound").select_related("account").distinct().order_by("id")
        letters = [Letter(clerk.account, words, link) for clerk in bound]
    return len(notify_all(letters=letters, portal="clerk", template=template, by=by, at=at))


@transaction.atomic
def notify_office(
    *,
    unit: Unit,
    roles: Sequence[RoleName],
    besides: Sequence[str] = (),
    template: str,
    words: Mapping[str, object],
    link: str,
    by: Actor,
    at: datetime.datetime,
) -> int:
    """Tell whose turn it is: who holds one of the roles at a unit, or at the nearest one above where anybody does; how many.
    ``besides``: keys of accounts that may not do it. Raises BadNotice."""
    holders = nearest_holders(unit=unit, roles=roles, on=day_of(at), besides=besides)
    letters = [Letter(account, words, link) for account in holders]
    return len(notify_all(letters=letters, portal="staff", template=template, by=by, at=at))


def _written(words: Mapping[str, object]) -> dict[str, str]:
    return {name: str(word) for name, word in words.items()}


def _check(name: str, words: Mapping[str, object], link: str) -> None:
    """Raises BadNotice."""
    known = TEMPLATES.get(name)
    if known is None:
        raise BadNotice(f"没有名为 {name} 的通知模板", f"expected the name of a template, found {name!r}")
    if known.words != words.keys():
        lacking, extra = sorted(known.words - words.keys()), sorted(words.keys() - known.words)
        raise BadNotice(
            f"模板 {name} 应有的词：缺 {lacking}，多 {extra}；请改正",
            f"words of {name}: {lacking} are missing, {extra} are none of its words; correct them",
        )
    if link and not (link.startswith("/") and not link.startswith("//")):
        raise BadNotice(f"链接应为本站路径，得到 {link}", f"expected a path of this site, found {link!r}")


@transaction.atomic
def read_notice(*, notice: Notice, by: Actor, at: datetime.datetime) -> Notice:
    """Its reader has seen it; the first time counts. Gives it as it then is."""
    locked = Notice.objects.select_for_update(no_key=True).get(pk=notice.pk)
    if locked.read_at is None:
        locked.read_at = at
        locked.save(update_fields=["read_at"])
        record(what="read_notice", row=locked, by=by, at=at)
    return locked


@transaction.atomic
def read_all_notices(*, account: Account, portal: str, by: Actor, at: datetime.datetime) -> int:
    """All notices of an account in one of its ends are seen; how many were not yet."""
    count = Notice.objects.filter(account=account, portal=portal, read_at=None).update(read_at=at)
    if count:
        record(what="read_notice", row=account, by=by, at=at, portal=portal, count=count)
    return count
