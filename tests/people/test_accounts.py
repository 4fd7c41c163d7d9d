"""Administrators' work on accounts: each thing they do, each refusal, and whose accounts they may touch."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.people.access import (
    NotFound,
    audit_entries_visible_to,
    employer_for,
    employers_visible_to,
    staff_for,
    staff_to_authorise,
    staff_to_manage,
    staff_visible_to,
    unit_to_authorise,
    unit_to_staff,
)
from mutualaid.people.actions.accounts import (
    NothingToChange,
    OwnAccount,
    deactivate_account,
    lock_account,
    open_staff,
    reactivate_account,
    reset_totp,
    unlock_account,
)
from mutualaid.people.actions.sign_in import Locked, SignInRefused, sign_in
from mutualaid.people.models import Account, RoleName
from tests.people.cast import AT, BY, ON, Cast, as_clerk, as_staff, staff

HOUR = datetime.timedelta(hours=1)


def test_staff_come_with_all_they_need(cast: Cast) -> None:
    opened = open_staff(name="wu", unit=cast.city, full_name="吴双", phone="13900000088", by=BY, at=AT)
    account = opened.staff.account
    account.refresh_from_db()
    assert account.check_password(opened.first_password)
    assert opened.totp.startswith("otpauth://totp/")
    assert account.totp_confirmed_at is None
    with pytest.raises(SignInRefused):  # before the second factor is confirmed
        sign_in(name="wu", password=opened.first_password, by=BY, at=AT)


def test_locked_and_unlocked(cast: Cast) -> None:
    account = cast.clerk.account
    assert lock_account(account=account, until=AT + HOUR, by=BY, at=AT).locked_until == AT + HOUR
    with pytest.raises(Locked):
        sign_in(name=account.name, password="x", by=BY, at=AT)
    assert unlock_account(account=account, by=BY, at=AT).locked_until is None
    with pytest.raises(NothingToChange):
        unlock_account(account=account, by=BY, at=AT)
    with pytest.raises(NothingToChange):
        lock_account(account=account, until=AT, by=BY, at=AT)


def test_closed_and_opened_again(cast: Cast) -> None:
    account = cast.clerk.account
    assert employers_visible_to(actor=as_clerk(cast.clerk), on=ON).count() == 1
    with pytest.raises(NothingToChange):
        reactivate_account(account=account, by=BY, at=AT)
    assert not deactivate_account(account=account, by=BY, at=AT).is_active
    assert employers_visible_to(actor=as_clerk(cast.clerk), on=ON).count() == 0
    with pytest.raises(NothingToChange):
        deactivate_account(account=account, by=BY, at=AT)
    assert reactivate_account(account=account, by=BY, at=AT).is_active


def test_a_second_factor_is_replaced(cast: Cast) -> None:
    account = cast.reviewer.account
    Account.objects.filter(pk=account.pk).update(totp_confirmed_at=AT)
    assert reset_totp(account=account, by=BY, at=AT).startswith("otpauth://")
    account.refresh_from_db()
    assert account.totp_confirmed_at is None


@pytest.mark.parametrize("do", [deactivate_account, reactivate_account, unlock_account, reset_totp])
def test_nobody_does_it_to_themselves(cast: Cast, do: Callable[..., Any]) -> None:
    with pytest.raises(OwnAccount):
        do(account=cast.reviewer.account, by=as_staff(cast.reviewer), at=AT)
    with pytest.raises(OwnAccount):
        lock_account(account=cast.reviewer.account, until=AT + HOUR, by=as_staff(cast.reviewer), at=AT)


def test_whose_accounts_administrators_see(cast: Cast) -> None:
    system = as_staff(staff("系统", cast.city, RoleName.SYSTEM_ADMIN))
    security = as_staff(staff("安全", cast.city, RoleName.SECURITY_ADMIN))
    audit = as_staff(staff("审计", cast.city, RoleName.AUDIT_ADMIN))
    assert cast.reviewer in staff_visible_to(actor=system, on=ON)
    assert cast.outsider not in staff_visible_to(actor=system, on=ON)
    assert staff_for(actor=security, name="审核甲", on=ON) == cast.reviewer
    assert staff_to_manage(actor=system, name="审核甲", on=ON) == cast.reviewer
    assert staff_to_authorise(actor=security, name="审核甲", on=ON) == cast.reviewer
    assert unit_to_staff(actor=system, code="450502", on=ON) == cast.county
    assert unit_to_authorise(actor=security, code="450502", on=ON) == cast.county
    for ask, actor in ((staff_to_manage, security), (staff_to_authorise, system), (staff_for, audit)):
        with pytest.raises(NotFound):
            ask(actor=actor, name="审核甲", on=ON)
    for look, actor in ((unit_to_staff, security), (unit_to_authorise, system)):
        with pytest.raises(NotFound):
            look(actor=actor, code="450502", on=ON)
    with pytest.raises(NotFound):
        staff_to_manage(actor=system, name="审核乙", on=ON)
    assert not staff_visible_to(actor=as_clerk(cast.clerk), on=ON).exists()


def test_who_reads_the_audit_trail(cast: Cast) -> None:
    lock_account(account=cast.clerk.account, until=AT + HOUR, by=as_staff(cast.reviewer), at=AT)
    lock_account(account=cast.reviewer.account, until=AT + HOUR, by=as_staff(cast.outsider), at=AT)
    city = as_staff(staff("审计", cast.city, RoleName.AUDIT_ADMIN))
    nation = as_staff(staff("总审计", cast.nation, RoleName.AUDIT_ADMIN))
    assert [entry.actor_key for entry in audit_entries_visible_to(actor=city, on=ON)] == [str(cast.reviewer.account_id)]
    everything = audit_entries_visible_to(actor=BY, on=ON)
    assert list(audit_entries_visible_to(actor=nation, on=ON)) == list(everything)
    for stranger in (as_staff(cast.reviewer), as_clerk(cast.clerk), Actor(ActorKind.MEMBER, "1")):
        assert not audit_entries_visible_to(actor=stranger, on=ON).exists()


def test_employers_by_code(cast: Cast) -> None:
    assert employer_for(actor=as_staff(cast.reviewer), code="G1", on=ON) == cast.mill
    assert employer_for(actor=as_clerk(cast.clerk), code="G1", on=ON) == cast.mill
    for actor in (as_staff(cast.outsider), Actor(ActorKind.MEMBER, "0")):
        with pytest.raises(NotFound):
            employer_for(actor=actor, code="G1", on=ON)
    assert employers_visible_to(actor=BY, on=ON).count() == 3
