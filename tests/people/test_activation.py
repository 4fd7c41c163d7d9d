"""Members make their account by a code: once, in time, with the end of their number, and not by trying."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from mutualaid.core.models import AuditEntry
from mutualaid.people.actions.activation import (
    LETTERS,
    VALID_FOR,
    ActivationRefused,
    AlreadyActivated,
    activate,
    make_activation,
)
from mutualaid.people.actions.own_account import NotASignInName
from mutualaid.people.actions.sign_in import WeakPassword, sign_in
from mutualaid.people.actions.staff import AccountTaken
from mutualaid.people.consents import current_text, text_of
from mutualaid.people.models import Account, Activation, Member, Purpose
from tests.people.cast import AT, BY, Cast, account

GOOD = "long enough 7"


def tail(member: Member) -> str:
    return str(member.identity_number[-6:])


def opened(member: Member, code: str, **other: Any) -> Account:
    """An activation as the member does it."""
    said = {"identity_tail": tail(member), "name": "lin", "password": GOOD, "by": BY, "at": AT, **other}
    return activate(code=code, **said)


def test_a_member_makes_an_account(cast: Cast) -> None:
    code = make_activation(member=cast.lin, by=BY, at=AT)
    assert len(code) == 11
    assert set(code) - {"-"} <= set(LETTERS)
    assert code.replace("-", "") not in Activation.objects.get().code_hash
    made = opened(cast.lin, code.lower().replace("-", " "), phone="13900000077")
    cast.lin.refresh_from_db()
    assert cast.lin.account == made
    assert sign_in(name="lin", password=GOOD, by=BY, at=AT) == made
    with pytest.raises(ActivationRefused):
        opened(cast.lin, code, name="lin2")
    with pytest.raises(AlreadyActivated):
        make_activation(member=cast.lin, by=BY, at=AT)


def test_a_new_code_ends_the_former_one(cast: Cast) -> None:
    first, second = (make_activation(member=cast.lin, by=BY, at=AT) for _ in range(2))
    with pytest.raises(ActivationRefused):
        opened(cast.lin, first)
    assert opened(cast.lin, second).name == "lin"


def test_a_code_ends_with_its_days(cast: Cast) -> None:
    code = make_activation(member=cast.lin, by=BY, at=AT)
    with pytest.raises(ActivationRefused):
        opened(cast.lin, code, at=AT + VALID_FOR)
    assert opened(cast.lin, code, at=AT + VALID_FOR - datetime.timedelta(seconds=1)).name == "lin"


def test_wrong_code_and_wrong_tail_get_one_answer_and_five_end_the_code(cast: Cast) -> None:
    code = make_activation(member=cast.lin, by=BY, at=AT)
    answers = set()
    with pytest.raises(ActivationRefused) as refused:
        opened(cast.lin, "23456-23456")
    answers.add(refused.value.zh)
    for wrong in ("000000", "", "一二三四五六", tail(cast.wei), "0"):
        with pytest.raises(ActivationRefused) as refused:
            opened(cast.lin, code, identity_tail=wrong)
        answers.add(refused.value.zh)
    assert len(answers) == 1
    assert AuditEntry.objects.filter(what="activation_refused").count() == 5
    with pytest.raises(ActivationRefused):
        opened(cast.lin, code)


def test_what_the_account_needs_costs_no_try(cast: Cast) -> None:
    account("taken")
    code = make_activation(member=cast.lin, by=BY, at=AT)
    with pytest.raises(AccountTaken):
        opened(cast.lin, code, name="taken")
    with pytest.raises(WeakPassword):
        opened(cast.lin, code, password="1234567890")
    assert Activation.objects.get().failures == 0
    assert opened(cast.lin, code).name == "lin"


def test_who_was_given_an_account_meanwhile_makes_none(cast: Cast) -> None:
    code = make_activation(member=cast.lin, by=BY, at=AT)
    Member.objects.filter(pk=cast.lin.pk).update(account=account("other"))
    with pytest.raises(AlreadyActivated):
        opened(cast.lin, code)


@pytest.mark.parametrize("purpose", list(Purpose))
def test_each_purpose_has_a_text(purpose: Purpose) -> None:
    text = current_text(purpose)
    assert text_of(purpose, text.version) == text
    assert "撤回" in text.zh
    assert "withdraw" in text.en
    assert text_of(purpose, "0") is None


@pytest.mark.parametrize("name", ["", " ", "a", "林 晓禾", "13900000088", "+852 9123 4567", "a\x00b", "x" * 65])
def test_a_name_to_sign_in_by_is_one(cast: Cast, name: str) -> None:
    code = make_activation(member=cast.lin, by=BY, at=AT)
    with pytest.raises(NotASignInName):
        opened(cast.lin, code, name=name)
    assert opened(cast.lin, code).name == "lin"
