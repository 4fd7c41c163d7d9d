"""Banks: the one interface that all of them have, and which of them this installation was given.

``MUTUALAID_BANKS`` names them: ``name=/path/to/file.json`` joined by commas; the file says for which fund (the code of its
office) and holds keys, so that only the product's own user may read it. A fund without one is paid by hand in the e-bank.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

NAME = "MUTUALAID_BANKS"


@dataclass(frozen=True)
class Arrived:
    """A file of the bank. ``genuine``: its seal is the bank's."""

    name: str
    data: bytes
    genuine: bool


class Bank(Protocol):
    """What we ask of any bank. Raises Unreachable, nothing else."""

    @property
    def fund(self) -> str:
        """The code of the office whose fund is paid by it."""

    @property
    def zh(self) -> str:
        """Its name for staff."""

    @property
    def en(self) -> str:
        """The same in English."""

    def put(self, *, name: str, data: bytes) -> None:
        """Give the bank a file. Asked again with the same name and bytes, it is the same file."""

    def arrived(self) -> Iterator[Arrived]:
        """What the bank has sent, and was not laid aside yet, in the order of names."""

    def lay_aside(self, *, name: str) -> None:
        """A file is dealt with; it is kept. Raises nothing for one that is laid aside already."""


class Unreachable(Exception):
    """The bank's door cannot be used now: try again, nothing happened."""


class UnknownBank(Exception):
    """A name that this installation was not given."""

    def __init__(self, name: str) -> None:
        self.zh = f"银行通道应为 {'、'.join(bank_names()) or '（未配置）'} 之一，得到“{name[:20]}”；请检查 {NAME}"
        self.en = f"expected one of the banks {bank_names()}, found {name[:20]!r}; look at {NAME}"
        super().__init__(self.en)


class BankFault(Exception):
    """A bank that is configured, and cannot be used; the message says what was expected, and holds no key."""


def bank_names() -> list[str]:
    """The banks of this installation; none if it was given none."""
    return list(_given())


def bank_for(name: str) -> Bank:
    """A bank by its name. Raises UnknownBank, BankFault."""
    # The client knows this module, so it is imported when it is wanted.
    from mutualaid.payouts.bank.folder import FolderBank

    path = _given().get(name)
    if path is None:
        raise UnknownBank(name)
    try:
        return FolderBank.of(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise BankFault(
            f"银行通道 {name} 的配置文件读不出或缺项（{type(fault).__name__}）；请按 docs/channels/bank-files.md 补全 · "
            f"the file of bank {name} cannot be read or lacks something ({type(fault).__name__}); "
            "complete it as docs/channels/bank-files.md says"
        ) from None


def bank_of_fund(code: str) -> str:
    """The name of the bank that pays the fund of an office, by the office's code; empty: paid by hand. Raises BankFault."""
    return next((name for name in bank_names() if bank_for(name).fund == code), "")


def _given() -> dict[str, str]:
    pairs = (part.partition("=") for part in os.environ.get(NAME, "").split(",") if part.strip())
    return {name.strip(): path.strip() for name, _, path in pairs}
