"""The fiscal billing gateway: the one interface that any of them has, and whether this installation was given one.

``MUTUALAID_FISCAL`` is the path of its file. None is a lawful answer: there are receipts then, and no fiscal notes. The file
holds keys; only the product's own user may read it.
"""

from __future__ import annotations

import datetime
import json
import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal, Protocol

NAME = "MUTUALAID_FISCAL"

Standing = Literal["pending", "issued", "refused", "absent"]
"""How the gateway says that a request stands; ``absent``: it never heard of it."""
PERSON, UNIT = 1, 2
"""``payerPartyType`` of the national e-bill."""


@dataclass(frozen=True)
class Asked:
    """A note that is asked for. ``request`` is our number, which makes asking twice harmless; ``amount`` is below 0 for a
    red-letter note, which names the one that it undoes. ``item``: what the fee is for."""

    request: str
    title: str
    payer_type: int
    amount: Decimal
    item: str
    remark: str
    related_code: str = ""
    related_number: str = ""


@dataclass(frozen=True)
class Told:
    """What the gateway says of a request, by its signed word. ``code``, ``number``, ``check``: eInvoiceCode (8 digits),
    eInvoiceNumber (10), randomNumber (6); ``face_sha256``: of its face file. ``refusal``: a code of the protocol, ``words``
    why."""

    request: str
    standing: Standing
    title: str = ""
    amount: Decimal = Decimal(0)
    code: str = ""
    number: str = ""
    check: str = ""
    issued_on: datetime.date | None = None
    face_sha256: str = ""
    refusal: str = ""
    words: str = ""


class FiscalGateway(Protocol):
    """What we ask of any gateway. Each call has its time-outs and raises Unclear or NotTaken, nothing else."""

    def ask_for(self, *, asked: Asked, at: datetime.datetime) -> Told:
        """Have a note issued; asked again with the same contents, the same answer comes."""

    def stands(self, *, request: str, at: datetime.datetime) -> Told:
        """How a request stands."""

    def face(self, *, request: str, sha256: str, at: datetime.datetime) -> bytes:
        """The face of an issued note, a PDF with this hash."""


class Unclear(Exception):
    """The gateway did not answer, or not in a way that says what happened: ask how it stands, ask for nothing anew."""


class NotTaken(Exception):
    """The gateway refuses the request itself, and says so clearly: nothing was issued and nothing will be."""


class GatewayFault(Exception):
    """A gateway that is configured, and cannot be used; the message says what was expected, and holds no key."""


def configured() -> bool:
    """Whether this installation was given a gateway."""
    return bool(os.environ.get(NAME, "").strip())


def gateway() -> FiscalGateway:
    """The gateway of this installation. Raises GatewayFault."""
    # Its client knows this module, so it is imported when it is wanted.
    from mutualaid.contributions.fiscal.neutral import NeutralGateway

    path = os.environ.get(NAME, "").strip()
    try:
        return NeutralGateway.of(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise GatewayFault(
            f"财政票据网关的配置文件读不出或缺项（{type(fault).__name__}）；请按 docs/channels/fiscal-billing.md 补全 · "
            f"the file of the fiscal gateway cannot be read or lacks something ({type(fault).__name__}); "
            "complete it as docs/channels/fiscal-billing.md says"
        ) from None
