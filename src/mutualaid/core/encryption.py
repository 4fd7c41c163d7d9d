"""Columns that nobody reads from the disk: AES-256-GCM at rest, and keyed blind indexes to look a value up by.

Keys are named by version, ``index:…,1:…,2:…`` (32 random bytes each, base64): the highest number encrypts, all of them decrypt,
``index`` makes the blind indexes and stays. They come from ``MUTUALAID_FIELD_KEY``, else from a file in the data folder.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import migrations, models

from mutualaid.core.places import kept_secret

NAME = "MUTUALAID_FIELD_KEY"
FORM = r"^[1-9][0-9]*:[A-Za-z0-9+/]{38,}=*$"
"""What an encrypted column holds: the version of its key, and nonce, text and tag in base64."""
FORM_CHECKED = r"^[1-9][0-9]*:[A-Za-z0-9+/]*=*$"
SHORTEST = 42
"""The same as the database checks it: a shortest length apart from the signs. A count of signs within the expression takes
fifteen times as long, for each value that is written."""
_KEY_BYTES, _NONCE_BYTES, _VERSION_BYTES = 32, 12, 2


class KeyFault(Exception):
    """The keys cannot be used; ``zh`` and ``en`` say what was expected. Never says what a key is."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(f"{zh} · {en}")


class Unreadable(Exception):
    """A stored value that the keys do not open: another key, another column, or changed since."""

    def __init__(self, purpose: str, why: str) -> None:
        self.zh = f"{purpose} 无法解密：{why}；请核对 {NAME} 是否为写入时所用"
        self.en = f"{purpose} cannot be decrypted: {why}; check that {NAME} holds the key that it was written with"
        super().__init__(self.en)


@dataclass(frozen=True)
class Keys:
    """Keys that encrypt, by version, and the key of the blind indexes."""

    ciphers: Mapping[int, bytes]
    index: bytes

    def encrypt(self, text: str, *, purpose: str) -> str:
        """A text for a column. The purpose (table and column) is bound in: a value moved to another column does not open."""
        version = max(self.ciphers)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = _cipher(self.ciphers[version]).encrypt(nonce, text.encode(), f"{version}:{purpose}".encode())
        return f"{version}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, stored: str, *, purpose: str) -> str:
        """The text of a column. Raises Unreadable."""
        version, _, body = stored.partition(":")
        key = self.ciphers.get(int(version)) if version.isdecimal() else None
        if key is None:
            raise Unreadable(purpose, f"没有第 {version[:8]} 版密钥 · no key of version {version[:8]}")
        try:
            raw = base64.b64decode(body, validate=True)
            text = _cipher(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], f"{version}:{purpose}".encode())
        except (InvalidTag, binascii.Error, ValueError) as fault:
            raise Unreadable(purpose, "密文与密钥或所在列不符 · text, key and column do not belong together") from fault
        return text.decode()

    def seal(self, content: bytes, *, purpose: str) -> bytes:
        """Bytes for the disk: two bytes with the key's version, the nonce, text and tag. The purpose is bound in."""
        version = max(self.ciphers)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self.ciphers[version]).encrypt(nonce, content, f"{version}:{purpose}".encode())
        return version.to_bytes(_VERSION_BYTES, "big") + nonce + sealed

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        """What was sealed. Raises Unreadable."""
        version = int.from_bytes(sealed[:_VERSION_BYTES], "big")
        key, body = self.ciphers.get(version), sealed[_VERSION_BYTES:]
        if key is None:
            raise Unreadable(purpose, f"没有第 {version} 版密钥 · no key of version {version}")
        try:
            return AESGCM(key).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], f"{version}:{purpose}".encode())
        except (InvalidTag, ValueError) as fault:
            raise Unreadable(purpose, "密文与密钥不符，或已被改动 · text and key do not belong together") from fault

    def blind(self, text: str, *, purpose: str) -> str:
        """By which an encrypted text is looked up: equal texts of one purpose give the same, and nothing leads back."""
        return hmac.digest(self.index, f"{purpose}\0{text}".encode(), "sha256").hex()

    def encrypt_all(self, texts: Sequence[str | None], *, purpose: str) -> list[str | None]:
        """Many texts as ``encrypt`` does one; None stays None."""
        version = max(self.ciphers)
        seal, bound, begins = _cipher(self.ciphers[version]).encrypt, f"{version}:{purpose}".encode(), f"{version}:"
        drawn = secrets.token_bytes(_NONCE_BYTES * len(texts))
        sealed: list[str | None] = []
        for place, text in enumerate(texts):
            if text is None:
                sealed.append(None)
                continue
            nonce = drawn[place * _NONCE_BYTES : (place + 1) * _NONCE_BYTES]
            sealed.append(
                begins + binascii.b2a_base64(nonce + seal(nonce, text.encode(), bound), newline=False).decode()
            )
        return sealed

    def blind_all(self, texts: Sequence[str | None], *, purpose: str) -> list[str | None]:
        """Many texts as ``blind`` does one; None stays None."""
        key, begins = self.index, f"{purpose}\0".encode()
        return [None if text is None else hmac.digest(key, begins + text.encode(), "sha256").hex() for text in texts]


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    """Made once for a key: for a short text that takes longer than to encrypt it."""
    return AESGCM(key)


def read_keys(written: str) -> Keys:
    """Keys as they are written in the environment or the file. Raises KeyFault."""
    ciphers: dict[int, bytes] = {}
    index = b""
    for part in filter(None, (part.strip() for part in written.replace("\n", ",").split(","))):
        name, _, body = part.partition(":")
        try:
            key = base64.b64decode(body, validate=True)
        except binascii.Error:
            key = b""
        if len(key) != _KEY_BYTES or not (name == "index" or (name.isdecimal() and int(name) > 0)):
            raise KeyFault(
                f"{NAME} 每项应为“版本:32 字节的 base64”，版本为 index 或正整数；得到的一项名为“{name[:8]}”，"
                f"长 {len(key)} 字节；请改正",
                f"{NAME}: expected version:base64 of 32 bytes, with index or a whole number as the version; "
                f"found one named {name[:8]!r} of {len(key)} bytes; correct it",
            )
        if name == "index":
            index = key
        else:
            ciphers[int(name)] = key
    if not index or not ciphers:
        raise KeyFault(
            f"{NAME} 应含一项 index 和至少一项带版本号的密钥；请补全",
            f"{NAME}: expected one index key and at least one numbered key; add what is missing",
        )
    return Keys(ciphers, index)


def new_keys() -> str:
    """Fresh keys, as they are written."""
    made = [base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode() for _ in range(2)]
    return f"index:{made[0]},1:{made[1]}"


def keys() -> Keys:
    """The installation's keys. Raises KeyFault."""
    return _keys(os.environ.get(NAME), os.environ.get("MUTUALAID_DATA"))


@lru_cache(maxsize=4)
def _keys(written: str | None, _folder: str | None) -> Keys:
    """Read once: every value of every row asks for them. The folder is that of the file, and makes part of the cache's key, as
    it is written: to make a path of it costs more than an encryption."""
    return read_keys(written or kept_secret("field-key", new_keys))


class EncryptedField(models.TextField):  # type: ignore[type-arg]
    """A column of text that is encrypted at rest. ``None`` is kept as NULL; there is no comparing but with NULL."""

    def _purpose(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_prep_value(self, value: Any) -> Any:
        """To the database."""
        return None if value is None else keys().encrypt(str(value), purpose=self._purpose())

    def sealed(self, values: Sequence[str | None]) -> list[str | None]:
        """Many values, to the database."""
        return keys().encrypt_all(values, purpose=self._purpose())

    def from_db_value(self, value: str | None, _expression: Any, _connection: Any) -> str | None:
        """From the database."""
        return None if value is None else keys().decrypt(value, purpose=self._purpose())

    def get_lookup(self, lookup_name: str) -> Any:
        """Only whether there is a value: each encryption of a text differs."""
        if lookup_name != "isnull":
            raise TypeError(
                f"{self._purpose()} 已加密，不能按 {lookup_name} 查找；请用其盲索引列 · {self._purpose()} is encrypted: "
                f"expected a lookup by its blind index, found {lookup_name}"
            )
        return super().get_lookup(lookup_name)


class BlindIndexField(models.CharField):  # type: ignore[type-arg]
    """The keyed hash of another column of the row, or of a part of it; follows that column whenever it is saved itself."""

    def __init__(self, *args: Any, of: str = "", part: Callable[[str], str] | None = None, **kwargs: Any) -> None:
        self.of, self.part = of, part
        super().__init__(*args, **{"editable": False, **kwargs, "max_length": 64})

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """For migrations, which need not know what is hashed."""
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("max_length")
        return name, path, args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002 - Django's own signature
        """The hash of what the row holds now."""
        value = getattr(model_instance, self.of)
        hashed = None if value is None else self.hash_of(value)
        setattr(model_instance, self.attname, hashed)
        return hashed

    def hash_of(self, value: str) -> str:
        """What to look for when a row with this value is wanted."""
        text = self.part(value) if self.part else value
        return keys().blind(text, purpose=f"{self.model._meta.db_table}.{self.column}")

    def hashes_of(self, values: Sequence[str | None]) -> list[str | None]:
        """The same for many values; None stays None."""
        part = self.part
        texts = values if part is None else [None if value is None else part(value) for value in values]
        return keys().blind_all(texts, purpose=f"{self.model._meta.db_table}.{self.column}")


def blind_index(model: type[models.Model], column: str, value: str) -> str:
    """What a column that is a blind index holds for a value."""
    field = model._meta.get_field(column)
    if not isinstance(field, BlindIndexField):
        raise TypeError(f"expected a blind index, found {model._meta.label}.{column}: {type(field).__name__}")
    return field.hash_of(value)


def blind_indexes(model: type[models.Model], column: str, values: Sequence[str | None]) -> list[str | None]:
    """What a column that is a blind index holds for many values."""
    field = model._meta.get_field(column)
    if not isinstance(field, BlindIndexField):
        raise TypeError(f"expected a blind index, found {model._meta.label}.{column}: {type(field).__name__}")
    return field.hashes_of(values)


def only_encrypted(table: str, *columns: str) -> migrations.RunSQL:
    """A step of a migration: the database refuses plain text in encrypted columns, whoever writes it."""
    return migrations.RunSQL(
        [
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_encrypted CHECK ({column} ~ '{FORM}')"
            for column in columns
        ],
        [f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_encrypted" for column in columns],
    )


def quickly_checked(table: str, *columns: str) -> migrations.RunSQL:
    """A step of a migration: ``only_encrypted`` of a table whose rows come by the hundred thousand, in the form that is checked
    in a fifteenth of the time."""
    names = [(column, f"{table}_{column}_encrypted") for column in columns]
    return migrations.RunSQL(
        [
            f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name}"
            f" CHECK (length({column}) >= {SHORTEST} AND {column} COLLATE \"C\" ~ '{FORM_CHECKED}')"
            for column, name in names
        ],
        [
            f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({column} ~ '{FORM}')"
            for column, name in names
        ],
    )


def only_equal(table: str, column: str) -> migrations.RunSQL:
    """A step of a migration: a blind index is looked up whole, so the second index that Django makes for texts, by how they
    begin, goes: it makes each insert longer and answers nothing."""
    found = f"tablename = '{table}' AND indexname LIKE '{table}\\_{column}\\_%\\_like'"
    return migrations.RunSQL(
        f"""
        DO $$
        DECLARE
            found text;
        BEGIN
            FOR found IN SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND {found}
            LOOP
                EXECUTE format('DROP INDEX %I', found);
            END LOOP;
        END $$
        """,  # noqa: S608 # nosec B608 - of our own tables
        migrations.RunSQL.noop,
    )
