"""What members change of their own data: the mobile number, and the bank card to which they are paid."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.core.actors import Actor
from mutualaid.core.audit import record
from mutualaid.people.contacts import read_bank_card, read_phone
from mutualaid.people.models import Member, Purpose
from mutualaid.people.queries import standing_consent
from mutualaid.people.refusals import Refused


class Unchanged(Refused):
    """It is so already."""


class ConsentLacking(Refused):
    """The member has not agreed to this use of their data."""


@transaction.atomic
def change_contact(*, member: Member, phone: str, by: Actor, at: datetime.datetime) -> Member:
    """Another mobile number of a member. Raises NotAContact, Unchanged."""
    found = read_phone(phone)
    locked = Member.objects.select_for_update(no_key=True, of=("self",)).get(pk=member.pk)
    if locked.phone == found:
        raise Unchanged(
            "应为新的手机号码；得到的与已登记的相同，无需更改",
            "expected another mobile number, found the registered one; nothing is to be changed",
        )
    locked.phone = found
    locked.save(update_fields=["phone", "phone_index"])
    record(what="change_contact", row=locked, by=by, at=at)
    return locked


@transaction.atomic
def change_bank_card(*, member: Member, bank_card: str, by: Actor, at: datetime.datetime) -> Member:
    """The bank card to which a member is paid: they must have agreed to its use first. Raises NotAContact, ConsentLacking,
    Unchanged."""
    found = read_bank_card(bank_card)
    locked = Member.objects.select_for_update(no_key=True, of=("self",)).get(pk=member.pk)
    if standing_consent(member=locked, purpose=Purpose.BANK_ACCOUNT) is None:
        raise ConsentLacking(
            "登记银行卡前应先单独同意“使用银行账户收款”；没有找到该同意，请先阅读并同意",
            "expected a standing consent to the use of the bank account, found none; read it and agree first",
        )
    if locked.bank_card == found:
        raise Unchanged(
            "应为另一张银行卡；得到的与已登记的相同，无需更改",
            "expected another bank card, found the registered one; nothing is to be changed",
        )
    locked.bank_card = found
    locked.save(update_fields=["bank_card", "bank_card_index"])
    record(what="change_bank_card", row=locked, by=by, at=at)
    return locked


@transaction.atomic
def remove_bank_card(*, member: Member, by: Actor, at: datetime.datetime) -> Member:
    """No bank card is kept any more. Raises Unchanged."""
    locked = Member.objects.select_for_update(no_key=True, of=("self",)).get(pk=member.pk)
    if locked.bank_card is None:
        raise Unchanged(
            "应已登记银行卡；没有找到，无需删除",
            "expected a registered bank card, found none; nothing is to be removed",
        )
    locked.bank_card = None
    locked.save(update_fields=["bank_card", "bank_card_index"])
    record(what="remove_bank_card", row=locked, by=by, at=at)
    return locked
