"""A bank that is reached by an exchange folder: sealed files in ``out`` for the bank, in ``in`` from it; the profile is
docs/channels/bank-files.md."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from mutualaid.payouts.bank.reading import BYTES_MOST
from mutualaid.payouts.bank.sealing import ENDING, holds, seal
from mutualaid.payouts.gateway import Arrived, Unreachable

OUT, IN, ASIDE = "out", "in", "done"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class FolderBank:
    """Our side of a folder that both sides reach, with our key and the bank's."""

    zh: str
    en: str
    fund: str
    folder: Path
    private_key: Ed25519PrivateKey
    bank_key: Ed25519PublicKey

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """A bank from its file. Raises KeyError, ValueError, TypeError."""
        private = load_pem_private_key(facts["private_key"].encode(), password=None)
        public = load_pem_public_key(facts["bank_public_key"].encode())
        if not isinstance(private, Ed25519PrivateKey) or not isinstance(public, Ed25519PublicKey):
            raise ValueError("expected Ed25519 keys")
        return cls(facts["zh"], facts["en"], facts["fund"], Path(facts["folder"]), private, public)

    def put(self, *, name: str, data: bytes) -> None:
        """The seal first: where the file is, its seal is."""
        try:
            folder = self.folder / OUT
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(folder, name + ENDING, seal(key=self.private_key, name=name, data=data))
            _write(folder, name, data)
        except OSError as fault:
            raise Unreachable(f"{type(fault).__name__}") from fault

    def arrived(self) -> Iterator[Arrived]:
        """A file without a seal is as one whose seal does not hold; a name that is none of the profile is left alone."""
        try:
            names = sorted(path.name for path in (self.folder / IN).iterdir() if path.is_file())
        except FileNotFoundError:
            return
        except OSError as fault:
            raise Unreachable(f"{type(fault).__name__}") from fault
        for name in names:
            if name.endswith(ENDING) or not _NAME.fullmatch(name):
                continue
            try:
                with (self.folder / IN / name).open("rb") as file:
                    data = file.read(BYTES_MOST + 1)
                sealed = self.folder / IN / (name + ENDING)
                told = sealed.read_bytes() if sealed.is_file() and sealed.stat().st_size < 1000 else b""
            except FileNotFoundError:
                continue  # another worker was quicker
            except OSError as fault:
                raise Unreachable(f"{type(fault).__name__}") from fault
            yield Arrived(name, data, holds(key=self.bank_key, name=name, data=data, seal=told))

    def lay_aside(self, *, name: str) -> None:
        """To ``in/done``, beside what lies there already."""
        aside = self.folder / IN / ASIDE
        try:
            aside.mkdir(mode=0o700, exist_ok=True)
            for one in (name, name + ENDING):
                path = self.folder / IN / one
                if path.exists():
                    path.replace(aside / one)
        except FileNotFoundError:
            return
        except OSError as fault:
            raise Unreachable(f"{type(fault).__name__}") from fault


def _write(folder: Path, name: str, data: bytes) -> None:
    """Whole or not at all: the other side sees no half of it."""
    made = folder / f".{name}-{secrets.token_hex(4)}.part"  # another worker may be putting the same
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    made.replace(folder / name)
