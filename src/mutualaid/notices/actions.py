"""Telling people something. A notice is a row of the transaction of what it tells of, and reaches the inbox with it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.notices.models import Notice
from mutualaid.notices.templates import TEMPLATES
from mutualaid.people.models import Account

CHANNELS: dict[str, Callable[[Notice], None]] = {}
"""Ways by which a notice reaches its reader beside the inbox, by name: the seam for short messages. A channel is called in the
transaction of the notice and puts a delivery into an outbox (``core.work.post``), never more; one is added by its domain's
``apps.py``. So far there is none: notices are read in the three ends."""


class BadNotice(ValueError):
    """A notice that cannot be said: a slip in the program. ``zh`` and ``en`` say what was expected and found."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


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
    known = TEMPLATES.get(template)
    if known is None:
        raise BadNotice(f"没有名为 {template} 的通知模板", f"expected the name of a template, found {template!r}")
    if known.words != words.keys():
        lacking, extra = sorted(known.words - words.keys()), sorted(words.keys() - known.words)
        raise BadNotice(
            f"模板 {template} 应有的词：缺 {lacking}，多 {extra}；请改正",
            f"words of {template}: {lacking} are missing, {extra} are none of its words; correct them",
        )
    if link and not (link.startswith("/") and not link.startswith("//")):
        raise BadNotice(f"链接应为本站路径，得到 {link}", f"expected a path of this site, found {link!r}")
    written = {name: str(word) for name, word in words.items()}
    notice = Notice.objects.create(account=account, portal=portal, template=template, words=written, link=link, at=at)
    record(what="notify", row=notice, by=by, at=at, template=template)
    for channel in CHANNELS.values():
        channel(notice)
    return notice


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
