"""Identity documents: what is accepted, what is refused and why. All numbers are invented."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.people.identity import (
    Identity,
    IdentityKind,
    NotAnIdentity,
    Sex,
    check_letter,
    masked,
    normal,
    read_identity,
    tail,
)

RESIDENT, HKMT = IdentityKind.RESIDENT, IdentityKind.HKMT_RESIDENCE
FOREIGN, PASSPORT = IdentityKind.FOREIGN_RESIDENCE, IdentityKind.PASSPORT


def complete(body: str) -> str:
    """17 digits with their check."""
    return body + check_letter(body)


DATES = st.dates(datetime.date(1900, 1, 1), datetime.date(2025, 12, 31))
REGIONS = st.sampled_from(["110101", "330113", "450502", "510200", "650102"])


@st.composite
def resident_ids(draw: st.DrawFn) -> str:
    return complete(f"{draw(REGIONS)}{draw(DATES):%Y%m%d}{draw(st.integers(0, 999)):03d}")


@given(REGIONS, DATES, st.integers(0, 999))
def test_a_resident_id_tells_birth_date_sex_and_region(region: str, born: datetime.date, order: int) -> None:
    found = read_identity(RESIDENT, complete(f"{region}{born:%Y%m%d}{order:03d}"))
    assert (found.birth_date, found.sex) == (born, Sex.MALE if order % 2 else Sex.FEMALE)
    assert found.region
    assert not found.warnings


@given(resident_ids(), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number: str, place: int, change: int) -> None:
    wrong = number[:place] + str((int(number[place]) + change) % 10) + number[place + 1 :]
    with pytest.raises(NotAnIdentity):
        read_identity(RESIDENT, wrong)


@given(resident_ids(), st.integers(0, 15))
def test_two_digits_that_changed_places_are_noticed(number: str, place: int) -> None:
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if wrong != number:
        with pytest.raises(NotAnIdentity):
            read_identity(RESIDENT, wrong)


@given(resident_ids())
def test_normal_and_masked_forms(number: str) -> None:
    wide = "".join(chr(ord(place) + 0xFEE0) for place in number.lower())
    for written in (number.lower(), f" '{number[:6]} {number[6:14]} {number[14:]}\u3000", wide, f"’{number}\u200b"):
        assert read_identity(RESIDENT, written).number == number
    assert masked(number) == number[:6] + "********" + number[14:]
    assert tail(number) == number[14:]


@given(st.text(max_size=30), st.sampled_from(list(IdentityKind)))
def test_any_text_is_read_or_refused_in_two_languages(text: str, kind: IdentityKind) -> None:
    refused = None
    try:
        found = read_identity(kind, text)
        assert found == read_identity(kind, found.number)
    except NotAnIdentity as fault:
        refused = fault
    if refused:
        assert refused.zh
        assert refused.en
        if len(normal(text)) > 9:  # parts are told, never the whole
            assert normal(text) not in refused.zh + refused.en


def test_an_example_of_the_standard() -> None:
    # GB 11643-1999 itself explains the check on 11010519491231002X.
    assert check_letter("11010519491231002") == "X"
    assert read_identity(RESIDENT, "11010519491231002x").number == "11010519491231002X"


def test_an_old_number_is_offered_as_a_new_one() -> None:
    with pytest.raises(NotAnIdentity, match="found an old number of 15") as refused:
        read_identity(RESIDENT, "110105491231002")
    assert refused.value.offered == "11010519491231002X"
    with pytest.raises(NotAnIdentity) as refused:
        read_identity(RESIDENT, "110105493231002")
    assert refused.value.offered is None


def test_an_unknown_region_is_a_warning() -> None:
    found = read_identity(RESIDENT, complete("11999919800101123"))
    assert found.region is None
    assert [warned.en.startswith("the region 119999 is in no list") for warned in found.warnings] == [True]


@pytest.mark.parametrize(
    ("code", "name"), [("330113", "临平区"), ("510200", "重庆市"), ("110103", "崇文区"), ("450502", "海城区")]
)
def test_regions_new_and_abolished(code: str, name: str) -> None:
    assert read_identity(RESIDENT, complete(f"{code}19800101123")).region == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "found 0 places"),
        ("1101011980010112", "found 16 places"),
        ("X10101198001011234", "other characters"),
        (complete("11010119800230123"), "no date since 1900"),
        (complete("11010118991231123"), "no date since 1900"),
        (complete("81000019800101123"), "choose the other kind"),
        (complete("91184019800101123"), "choose the other kind"),
    ],
)
def test_no_resident_ids(text: str, says: str) -> None:
    with pytest.raises(NotAnIdentity, match=says):
        read_identity(RESIDENT, text)


@pytest.mark.parametrize(("code", "region"), [("810000", "香港"), ("820000", "澳门"), ("830000", "台湾")])
def test_residence_permits_of_hong_kong_macau_and_taiwan(code: str, region: str) -> None:
    number = complete(f"{code}19850607002")
    assert read_identity(HKMT, number) == Identity(HKMT, number, datetime.date(1985, 6, 7), Sex.FEMALE, region)
    with pytest.raises(NotAnIdentity, match="begins with 810000"):
        read_identity(HKMT, complete("11010119850607002"))


def test_foreigners_permanent_residence_of_2023() -> None:
    number = complete("91184019850607003")
    found = read_identity(FOREIGN, number)
    assert found == Identity(FOREIGN, number, datetime.date(1985, 6, 7), Sex.MALE, "北京市")
    assert read_identity(FOREIGN, complete("99984019850607003")).warnings
    with pytest.raises(NotAnIdentity, match="check place"):
        read_identity(FOREIGN, number[:17] + ("1" if number[17] != "1" else "2"))


def test_foreigners_permanent_residence_as_it_was() -> None:
    # By hand: AAA 110, 110 10, 185 36, 060 18, 71 52 under the weights 7 3 1; together 226.
    found = read_identity(FOREIGN, "AAA110185060716")
    assert found == Identity(FOREIGN, "AAA110185060716", None, Sex.MALE, "北京市")
    assert "last digit" in read_identity(FOREIGN, "AAA110185060717").warnings[0].en
    assert len(read_identity(FOREIGN, "AAA999985060719").warnings) >= 1
    with pytest.raises(NotAnIdentity, match="yymmdd"):
        read_identity(FOREIGN, "AAA110185130711")
    with pytest.raises(NotAnIdentity, match="found neither"):
        read_identity(FOREIGN, "AAA11018506071")


@pytest.mark.parametrize("number", ["E12345678", "AB123", "12345678901234567890"])
def test_passports(number: str) -> None:
    assert read_identity(PASSPORT, number.lower()) == Identity(PASSPORT, number)


@pytest.mark.parametrize("number", ["A123", "1" * 21, "ABCDEFG", "E1234_678", "护照12345"])
def test_no_passports(number: str) -> None:
    with pytest.raises(NotAnIdentity, match="5 to 20"):
        read_identity(PASSPORT, number)


@pytest.mark.parametrize(
    ("number", "shown"), [("E12345678", "E1*****78"), ("AB123", "A***3"), ("AAA110185060716", "AAA110*****0716")]
)
def test_shorter_numbers_are_masked_too(number: str, shown: str) -> None:
    assert masked(number) == shown
