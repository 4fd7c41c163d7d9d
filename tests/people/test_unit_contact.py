"""The telephone and the address of an office."""

from __future__ import annotations

import pytest

from mutualaid.core.models import AuditEntry
from mutualaid.people.actions.units import set_unit_contact
from mutualaid.people.contacts import NotAContact, read_telephone
from mutualaid.people.models import Level, Unit
from tests.people.cast import AT, BY, unit


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0779-2033456", "0779-2033456"),
        ("（0779）2033456 转 8", "0779-2033456-8"),
        ("０７７９－２０３３４５６", "0779-2033456"),
        ("12351", "12351"),
        ("400 820 0000", "400-820-0000"),
        ("13900000001", "13900000001"),
        ("+852 2123 4567", "+852-2123-4567"),
    ],
)
def test_telephones_as_people_write_them(text: str, told: str) -> None:
    assert read_telephone(text) == told


@pytest.mark.parametrize("text", ["", "没有", "123", "0779-20334560779-2033456", "1-2-3-4-5-6", "++1234567"])
def test_what_is_no_telephone(text: str) -> None:
    with pytest.raises(NotAContact):
        read_telephone(text)


@pytest.mark.django_db
def test_a_unit_says_whom_to_call() -> None:
    nation = unit(Level.NATIONAL, None, "CN", "全国总会")
    set_unit_contact(unit=nation, phone="010-1234567", address="  长安街   1 号 ", by=BY, at=AT)
    found = Unit.objects.get(pk=nation.pk)
    assert (found.phone, found.address) == ("010-1234567", "长安街 1 号")
    with pytest.raises(NotAContact):
        set_unit_contact(unit=nation, phone="打总机", address="", by=BY, at=AT)
    set_unit_contact(unit=nation, phone=" ", address="", by=BY, at=AT)
    assert Unit.objects.get(pk=nation.pk).phone == ""
    assert AuditEntry.objects.filter(what="set_unit_contact").count() == 2
