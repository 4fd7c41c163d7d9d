"""Who hears of a bill: whoever is to pay it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence

from mutualaid.contributions.models import Bill, PayerKind
from mutualaid.core.actors import Actor
from mutualaid.notices.actions import Letter, notify, notify_all, notify_clerks, notify_office
from mutualaid.people.models import Member, RoleName


def tell_payer(*, bill: Bill, template: str, words: Mapping[str, object], by: Actor, at: datetime.datetime) -> None:
    """The employer's clerks, the member if they have an account, or finance of the union that pays; of a payer outside the tree
    finance of the fund, who sends the bill on."""
    if bill.payer_kind == PayerKind.EMPLOYER:
        notify_clerks(
            employer=bill.employer, template=template, words=words, link=f"/employers/bills/{bill.number}", by=by, at=at
        )
    elif bill.payer_member is not None:
        account = bill.payer_member.account
        if account is not None and account.is_active:
            link = f"/members/bills/{bill.number}"
            notify(account=account, portal="member", template=template, words=words, link=link, by=by, at=at)
    else:
        notify_office(
            unit=bill.payer_unit or bill.fund.unit,
            roles=[RoleName.FINANCE],
            template=template,
            words=words,
            link=f"/workbench/bills/{bill.number}",
            by=by,
            at=at,
        )


def tell_members(
    *,
    bills: Sequence[Bill],
    template: str,
    words: Callable[[Bill], Mapping[str, object]],
    by: Actor,
    at: datetime.datetime,
) -> int:
    """Members who owe bills of one enrolment hear of them, those who have an account; how many. A statement for all."""
    if not bills:
        return 0
    owed = {bill.payer_member_id: bill for bill in bills}
    members = Member.objects.filter(bills__enrolment=bills[0].enrolment_id, account__is_active=True).distinct()
    letters = [
        Letter(one.account, words(owed[one.pk]), f"/members/bills/{owed[one.pk].number}")
        for one in members.select_related("account").only("account")
        if one.account is not None and one.pk in owed
    ]
    return len(notify_all(letters=letters, portal="member", template=template, by=by, at=at))
