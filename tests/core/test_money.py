"""Money as people read and write it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.core.money import MOST, NotMoney, in_capitals, parse, shown

FEN = st.integers(0, int(MOST.scaleb(2))).map(lambda fen: Decimal(fen).scaleb(-2))
VALUES = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000}


def read_capitals(text: str) -> int:
    """Fen of an amount in capitals, read by another way than it was written."""
    assert text.startswith("人民币")
    text = text.removeprefix("人民币").removesuffix("整")
    yuan, _, small = text.rpartition("元") if "元" in text else ("", "", text)
    whole, group, digit = 0, 0, 0
    for letter in yuan:
        if letter in VALUES:
            digit = VALUES[letter]
        elif letter in UNITS:
            group, digit = group + digit * UNITS[letter], 0
        else:
            whole, group, digit = whole + (group + digit) * {"亿": 10**8, "万": 10**4}[letter], 0, 0
    fen = 100 * (whole + group + digit)
    for letter in small:
        if letter in VALUES:
            digit = VALUES[letter]
        else:
            fen += digit * {"角": 10, "分": 1}[letter]
    return fen


@pytest.mark.parametrize(
    ("amount", "capitals"),
    [
        # 支付结算办法, annex 1: the examples of the rule itself
        ("1409.50", "人民币壹仟肆佰零玖元伍角"),
        ("6007.14", "人民币陆仟零柒元壹角肆分"),
        ("1680.32", "人民币壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "人民币壹拾万柒仟元零伍角叁分"),
        ("16409.02", "人民币壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "人民币叁佰贰拾伍元零肆分"),
        ("0", "人民币零元整"),
        ("0.05", "人民币伍分"),
        ("10", "人民币壹拾元整"),
        ("100050000", "人民币壹亿零伍万元整"),
    ],
)
def test_capitals_are_those_of_the_rule(amount: str, capitals: str) -> None:
    assert in_capitals(Decimal(amount)) == capitals


@given(FEN)
def test_capitals_say_the_amount(amount: Decimal) -> None:
    text = in_capitals(amount)
    assert read_capitals(text) == int(amount.scaleb(2))
    assert "零零" not in text


@pytest.mark.parametrize("amount", ["-1", "0.001", "1000000000000"])
def test_capitals_of_no_amount(amount: str) -> None:
    with pytest.raises(ValueError, match="expected whole fen"):
        in_capitals(Decimal(amount))


@given(FEN)
def test_what_is_shown_can_be_read(amount: Decimal) -> None:
    assert parse(shown(amount)) == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("¥1,234.5", "1234.50"),
        ("￥３６", "36.00"),
        ("１，０００。５", "1000.50"),
        (" 1 200元 ", "1200.00"),
        ("-5.05", "-5.05"),
    ],
)
def test_amounts_as_people_type_them(text: str, amount: str) -> None:
    assert parse(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "abc", "1.234", "1,23.00", "1e3", "nan", "12万", "1..2", "--1"])
def test_what_is_no_amount_is_told(text: str) -> None:
    with pytest.raises(NotMoney) as caught:
        parse(text)
    assert caught.value.zh.startswith("应为金额")


def test_an_amount_beyond_what_is_kept_is_told_as_too_much() -> None:
    with pytest.raises(NotMoney) as caught:
        parse("9" * 13)
    assert caught.value.zh.startswith("金额应小于一万亿元")
    assert "1,000,000,000,000.00" in str(caught.value)


def test_a_part_of_a_fen_is_never_shown() -> None:
    with pytest.raises(ValueError, match="expected whole fen"):
        shown(Decimal("0.005"))
