"""Who hears of a bill: whoever is to pay it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from mutualaid.contributions.models import Bill, PayerKind
from mutualaid.core.actors import Actor
from mutualaid.notices.actions import notify, notify_clerks, notify_office
from mutualaid.people.models import RoleName


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
