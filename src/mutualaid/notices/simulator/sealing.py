"""The provider's side of ACS3-HMAC-SHA256, written from its description and apart from our client: checks of one request."""

from __future__ import annotations

import calendar
import hashlib
import hmac
import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote

from mutualaid.notices.templates import TEMPLATES

WINDOW_SECONDS = 900
OURS, THEIRS = "simulator.json", "sms.json"
SIGN = "示范市职工互助"
_AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([A-Za-z0-9]+),SignedHeaders=([a-z0-9;-]+),Signature=([0-9a-f]{64})"
)
_ALWAYS = {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"}


class Refusal(Exception):
    """A request whose signature does not hold; the text is the provider's code for it."""


@dataclass
class Account:
    """One account: its keys, its sign, its approved texts by code, and the nonces that it has used."""

    key_id: str
    key_secret: str
    sign_name: str
    texts: Mapping[str, str]
    seen: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Account:
        """As ``set_up`` wrote it."""
        facts = json.loads((folder / OURS).read_text(encoding="utf-8"))
        return cls(facts["access_key_id"], facts["access_key_secret"], facts["sign_name"], facts["texts"])

    def check(self, method: str, target: str, headers: Mapping[str, str], body: bytes, now: int) -> dict[str, str]:
        """The parameters of a request that holds. Raises Refusal."""
        told = {name.lower(): value.strip() for name, value in headers.items()}
        found = _AUTHORIZATION.fullmatch(told.get("authorization", ""))
        if found is None:
            raise Refusal("MissingAuthorization")
        key_id, signed, signature = found.groups()
        if key_id != self.key_id:
            raise Refusal("InvalidAccessKeyId.NotFound")
        names = signed.split(";")
        acs = {name for name in told if name.startswith("x-acs-")}
        if names != sorted(names) or not (_ALWAYS | acs) <= set(names) or not set(names) <= set(told):
            raise Refusal("IncompleteSignature")
        if hashlib.sha256(body).hexdigest() != told["x-acs-content-sha256"]:
            raise Refusal("SignatureDoesNotMatch")
        self._check_time(told["x-acs-date"], now)
        path, _, query = target.partition("?")
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
        lines = [method, path, _canonical(pairs)]
        lines += ["".join(f"{name}:{told[name]}\n" for name in names), signed, told["x-acs-content-sha256"]]
        text = "ACS3-HMAC-SHA256\n" + hashlib.sha256("\n".join(lines).encode()).hexdigest()
        wanted = hmac.new(self.key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, signature):
            raise Refusal("SignatureDoesNotMatch")
        self._check_nonce(told["x-acs-signature-nonce"], now)
        return dict(pairs)

    def _check_time(self, written: str, now: int) -> None:
        try:
            stamp = calendar.timegm(time.strptime(written, "%Y-%m-%dT%H:%M:%SZ"))
        except ValueError:
            raise Refusal("InvalidTimeStamp.Format") from None
        if abs(now - stamp) > WINDOW_SECONDS:
            raise Refusal("InvalidTimeStamp.Expired")

    def _check_nonce(self, nonce: str, now: int) -> None:
        self.seen = {old: at for old, at in self.seen.items() if now - at <= 2 * WINDOW_SECONDS}
        if len(nonce) < 16 or nonce in self.seen:
            raise Refusal("SignatureNonceUsed")
        self.seen[nonce] = now


def set_up(folder: Path, address: str) -> None:
    """Make the keys and write each side's file, readable by its owner alone. All of our texts are approved."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = {"access_key_id": "LTAI" + secrets.token_hex(8), "access_key_secret": secrets.token_urlsafe(24)}
    sent = sorted(name for name, template in TEMPLATES.items() if template.sms)
    codes = {name: f"SMS_{number:09}" for number, name in enumerate(sent, start=154_950_001)}
    texts = {code: re.sub(r"\{(\w+)\}", r"${\1}", TEMPLATES[name].sms) for name, code in codes.items()}
    _write(folder / OURS, {**keys, "sign_name": SIGN, "texts": texts})
    _write(folder / THEIRS, {"provider": "aliyun", "address": address, **keys, "sign_name": SIGN, "templates": codes})


def _canonical(pairs: list[tuple[str, str]]) -> str:
    return "&".join(sorted(f"{quote(unquote(name), safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs))


def _write(path: Path, facts: Mapping[str, object]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(facts, file, ensure_ascii=False, indent=1)
