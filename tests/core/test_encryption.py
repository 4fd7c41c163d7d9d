"""Columns that are encrypted at rest, and the blind indexes by which they are looked up."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.core.encryption import KeyFault, Unreadable, blind_index, keys, new_keys, read_keys
from mutualaid.people.models import Account


def named(name: str, byte: int, size: int = 32) -> str:
    return f"{name}:{base64.b64encode(bytes([byte]) * size).decode()}"


FIRST = f"{named('index', 1)},{named('1', 2)}"


@given(st.text())
def test_what_is_encrypted_is_read_again(text: str) -> None:
    held = read_keys(FIRST)
    stored = held.encrypt(text, purpose="t.c")
    assert stored.startswith("1:")
    assert held.decrypt(stored, purpose="t.c") == text
    assert held.encrypt(text, purpose="t.c") != stored


def test_a_newer_key_encrypts_and_the_older_ones_still_read() -> None:
    old = read_keys(FIRST)
    new = read_keys(f"{FIRST}\n{named('2', 3)}")
    assert new.decrypt(old.encrypt("晓", purpose="t.c"), purpose="t.c") == "晓"
    assert new.encrypt("晓", purpose="t.c").startswith("2:")
    assert new.blind("晓", purpose="t.c") == old.blind("晓", purpose="t.c")
    with pytest.raises(Unreadable, match="no key of version 2"):
        old.decrypt(new.encrypt("晓", purpose="t.c"), purpose="t.c")


def test_a_value_belongs_to_its_column_and_key() -> None:
    held, other = read_keys(FIRST), read_keys(f"{named('index', 1)},{named('1', 9)}")
    stored = held.encrypt("secret", purpose="t.c")
    for keyring, purpose, text in (
        (held, "t.other", stored),
        (other, "t.c", stored),
        (held, "t.c", stored[:-4] + "AAA="),
        (held, "t.c", "1:%"),
        (held, "t.c", "1:"),
        (held, "t.c", "plain"),
    ):
        with pytest.raises(Unreadable) as fault:
            keyring.decrypt(text, purpose=purpose)
        assert "secret" not in fault.value.zh + fault.value.en


def test_blind_indexes_differ_by_column_and_key() -> None:
    held = read_keys(FIRST)
    found = {held.blind("1234", purpose="t.c"), held.blind("1234", purpose="t.d"), held.blind("1235", purpose="t.c")}
    assert len(found | {read_keys(new_keys()).blind("1234", purpose="t.c")}) == 4
    assert held.blind("1234", purpose="t.c") in found


@pytest.mark.parametrize(
    "written",
    [
        "",
        named("index", 1),
        named("1", 1),
        f"{FIRST},x",
        f"{FIRST},{named('0', 1)}",
        f"{FIRST},{named('2', 1, size=16)}",
    ],
)
def test_keys_that_cannot_be_used(written: str) -> None:
    with pytest.raises(KeyFault, match="expected"):
        read_keys(written)


def test_keys_are_made_once_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))
    monkeypatch.delenv("MUTUALAID_FIELD_KEY")
    stored = keys().encrypt("x", purpose="p")
    assert keys().decrypt(stored, purpose="p") == "x"
    assert (tmp_path / "field-key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["field-key"]


def raw(column: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM people_account")  # noqa: S608 - a column named in this test
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_the_column_holds_no_plain_text() -> None:
    account = Account.objects.create(name="wang", phone="13900000001")
    for stored in (raw("phone"), raw("phone_index"), raw("people_account::text")):
        assert "13900000001" not in str(stored)
    assert Account.objects.get(pk=account.pk).phone == "13900000001"
    assert Account.objects.get(phone_index=blind_index(Account, "phone_index", "13900000001")) == account
    assert (raw("totp_secret"), Account.objects.get().totp_secret) == (None, None)
    account.phone = "13900000002"
    account.save(update_fields=["phone", "phone_index"])
    assert raw("phone_index") == blind_index(Account, "phone_index", "13900000002")


@pytest.mark.django_db
def test_plain_text_is_refused_by_the_database() -> None:
    Account.objects.create(name="wang")
    with pytest.raises(IntegrityError, match="encrypted"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE people_account SET phone = '13900000001'")


@pytest.mark.django_db
def test_looking_for_a_plain_text_is_a_mistake_that_is_told() -> None:
    with pytest.raises(TypeError, match="blind index"):
        Account.objects.filter(phone="13900000001").exists()
    assert not Account.objects.filter(phone__isnull=False).exists()
    with pytest.raises(TypeError, match="expected a blind index"):
        blind_index(Account, "name", "wang")
