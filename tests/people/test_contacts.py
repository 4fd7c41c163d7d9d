"""Mobile numbers, bank cards, credit codes. All are invented or are the published examples of a check."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import uscc

from mutualaid.people.contacts import (
    NotAContact,
    masked_card,
    masked_phone,
    read_bank_card,
    read_credit_code,
    read_phone,
)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13900000001", "13900000001"),
        ("+86 139-0000-0001", "13900000001"),
        ("0086 13900000001", "13900000001"),
        ("１３９００００００01", "13900000001"),
        ("+852 9123 4567", "+85291234567"),
        ("00853 6612 3456", "+85366123456"),
        ("+886 0912 345 678", "+886912345678"),
        ("+886912345678", "+886912345678"),
    ],
)
def test_phones(text: str, phone: str) -> None:
    assert read_phone(text) == phone
    assert read_phone(phone) == phone


@pytest.mark.parametrize(
    "text", ["", "12900000001", "1390000000", "139000000011", "+852 1234567", "91234567", "+1 2125550100"]
)
def test_no_phones(text: str) -> None:
    with pytest.raises(NotAContact, match="mobile number"):
        read_phone(text)


@given(st.integers(10**10, 10**18 - 1), st.integers(1, 9))
def test_bank_cards(body: int, change: int) -> None:
    card = f"{body}{luhn.calc_check_digit(str(body))}"
    assert read_bank_card(f"'{card[:4]} {card[4:]}") == card
    with pytest.raises(NotAContact, match="check digit"):
        read_bank_card(card[:-1] + str((int(card[-1]) + change) % 10))


@pytest.mark.parametrize("text", ["", "62220000", "6" * 20, "6222 0000 0000 000X"])
def test_no_bank_cards(text: str) -> None:
    with pytest.raises(NotAContact, match="12 to 19 digits"):
        read_bank_card(text)


@pytest.mark.parametrize("first", ["91", "81", "N2", "12"])
def test_credit_codes(first: str) -> None:
    body = f"{first}450500MA5K00000"
    code = body + uscc.calc_check_digit(body)
    assert read_credit_code(code.lower()) == code
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    for text in (wrong, code[:-1], code.replace("K", "I"), ""):
        with pytest.raises(NotAContact, match="credit code"):
            read_credit_code(text)


def test_shown_in_part() -> None:
    assert masked_phone("13900000001") == "139****0001"
    assert masked_phone("+85291234567") == "+852****4567"
    assert masked_card("6222000000001234") == "************1234"
