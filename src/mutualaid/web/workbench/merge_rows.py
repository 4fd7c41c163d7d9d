"""管理端: two members side by side as rows of a table, and in words what a merge would do with them. Numbers are masked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mutualaid.claims.doubling import Side
from mutualaid.claims.states import CLAIM
from mutualaid.core.money import shown
from mutualaid.enrolment.states import COVER
from mutualaid.people import contacts, identity
from mutualaid.people.identity import IdentityKind, Sex
from mutualaid.people.models import Purpose
from mutualaid.web.common.answers import said
from mutualaid.web.common.identity_forms import KINDS, SEXES
from mutualaid.web.common.templatetags.shown import last_day, plan_name, yuan
from mutualaid.web.workbench.members import PURPOSES


@dataclass(frozen=True)
class Row:
    """``values``: for each of the two, lines of text; ``differs``: who they are is told otherwise."""

    label: str
    values: Sequence[Sequence[str]]
    differs: bool = False


def rows_of(sides: Sequence[Side]) -> list[Row]:
    """What is compared, from who they are to what is owed."""
    who: list[tuple[str, Callable[[Side], list[str]]]] = [
        (_("姓名"), lambda one: [one.member.name]),
        (_("证件"), _document),
        (_("性别"), lambda one: [str(SEXES[Sex(one.member.sex)])]),
        (_("出生日期"), lambda one: [one.member.birth_date.isoformat()]),
        (_("手机"), lambda one: [contacts.masked_phone(one.member.phone)] if one.member.phone else []),
    ]
    has: list[tuple[str, Callable[[Side], list[str]]]] = [
        (_("账号"), lambda one: [_("已开通")] if one.member.account_id else []),
        (_("银行卡"), lambda one: [contacts.masked_card(one.member.bank_card)] if one.member.bank_card else []),
        (_("任职"), _employments),
        (_("保障"), _covers),
        (_("理赔申请"), _claims),
        (_("待付互助金"), lambda one: [f"{row.number} {yuan(row.amount)} {_('元')}" for row in one.unpaid]),
        (_("授权同意"), _consents),
        (_("来电记录"), lambda one: [str(one.calls)] if one.calls else []),
        (_("身份更正"), lambda one: [str(one.former)] if one.former else []),
    ]
    told = [(label, [value(one) for one in sides]) for label, value in who]
    rows = [Row(label, values, differs=len({tuple(one) for one in values if one}) > 1) for label, values in told]
    rows += [Row(label, [value(one) for one in sides]) for label, value in has]
    return [row for row in rows if any(row.values)]  # what neither has is no news


def _document(one: Side) -> list[str]:
    return [str(KINDS[IdentityKind(one.member.identity_kind)]), identity.masked(one.member.identity_number)]


def _employments(one: Side) -> list[str]:
    return [f"{job.employer.unit.name} {job.from_on} – {job.until_on or _('至今')}" for job in one.employments]


def _covers(one: Side) -> list[str]:
    return [
        f"{row.number} {plan_name(row.version)} {row.from_on} – {last_day(row.until_on)} {said(*COVER.names[row.state])}"
        for row in one.covers
    ]


def _claims(one: Side) -> list[str]:
    found = []
    for row in one.claims:
        total = getattr(row, "total", None)
        amount = "" if total is None else f" {shown(total)} {_('元')}"
        found.append(f"{row.number}{amount} {said(*CLAIM.names[row.state])}")
    return found


def _consents(one: Side) -> list[str]:
    return [f"{PURPOSES[Purpose(row.purpose)]} {_('已同意') if row.given else _('已撤回')}" for row in one.consents]


def moved_rows(kept: Side, merged: Side, void: Collection[str] = ()) -> list[str]:
    """What a merge would do, a sentence for each. ``void``: numbers of covers that would be void."""
    told = [
        _("会员 %(merged)s 不再单独存在；按它的编号、证件查询，都会找到 %(kept)s。")
        % {"merged": merged.member.number, "kept": kept.member.number},
        _("姓名、证件、性别、出生日期以 %s 为准；对方的证件记为曾用证件。") % kept.member.number,
    ]
    stay = sum(cover.number not in void for cover in merged.covers)
    for count, words in (
        (
            stay,
            ngettext("%d 份保障改到保留会员名下。", "%d 份保障改到保留会员名下。", stay),
        ),
        (
            len(merged.claims),
            ngettext("%d 件理赔申请改到保留会员名下。", "%d 件理赔申请改到保留会员名下。", len(merged.claims)),
        ),
    ):
        if count:
            told.append(words % count)
    if void:
        words = ngettext(
            "%d 份重复的保障自始作废，名下的理赔改按保留的保障计算。",
            "%d 份重复的保障自始作废，名下的理赔改按保留的保障计算。",
            len(void),
        )
        told.append(words % len(void))
    told.append(_("任职经历按日期接成一条；同一天有两个单位的，以后入职的为准。"))
    if kept.member.phone and merged.member.phone and kept.member.phone != merged.member.phone:
        told.append(_("手机保留 %s，另一个不再保存。") % contacts.masked_phone(kept.member.phone))
    if kept.member.account_id and merged.member.account_id:
        told.append(_("两个账号只保留前者；另一个账号不能再登录会员端。"))
    elif merged.member.account_id:
        told.append(_("对方的账号改为登录到保留会员。"))
    told.append(_("全部理赔按一份历史重新理算：未办结的改用新结果，已决定而结果不同的转人工复核。"))
    return told
