"""How an event reaches a program: signed JSON by HTTPS, to addresses that are the world's and not our own network's.

An address is resolved once, each of its host's numbers is checked, and the connection goes to the number that was checked.
Redirects are not followed, no more than the status is read, and no call takes longer than ``SECONDS_MOST``.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import os
import re
import socket
import ssl
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

NETWORKS = "MUTUALAID_WEBHOOK_NETWORKS"
"""Networks of the operator's own that may be told, too: ``10.20.0.0/16,127.0.0.0/8``. Without one, none."""
SECONDS_MOST = 10
LETTERS_MOST = 300
_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_TAKEN = range(200, 300)
# Numbers of the world that lead back to others: translated, or carried through a tunnel.
_DISGUISED = tuple(ipaddress.ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))

Number = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressUnfit(Exception):
    """An address to which nothing is sent; ``zh`` and ``en`` say what was expected."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


@dataclass(frozen=True)
class Told:
    """What an attempt came to. ``answer``: the status, or a word for why there is none."""

    taken: bool
    answer: str


def check_address(address: str) -> SplitResult:
    """The parts of an address that may be told. Its host's numbers are checked when it is. Raises AddressUnfit."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise _unfit() from None
    host = parts.hostname or ""
    printable = address.isascii() and address.isprintable() and " " not in address and len(address) <= LETTERS_MOST
    known = parts.scheme in ("https", "http") and not parts.username and not parts.password and not parts.fragment
    if not printable or not known or port == 0 or not (_NAME.fullmatch(host) or _number(host)):
        raise _unfit()
    if parts.scheme == "http" and not (
        _is_loopback(host) and _listed(_number(host) or ipaddress.ip_address("127.0.0.1"))
    ):
        raise _unfit()
    number = _number(host)
    if number is not None and not may_be_told(number):
        raise AddressUnfit(
            f"地址应在公网，或在 {NETWORKS} 所列网段内；得到内网地址，请改正或请运维人员列入",
            f"expected an address of the internet or of a network in {NETWORKS}, found one of neither; correct it",
        )
    return parts


def may_be_told(number: Number) -> bool:
    """Whether a host's number is one of the world, or of a network that the operator named."""
    if isinstance(number, ipaddress.IPv6Address) and number.ipv4_mapped is not None:
        number = number.ipv4_mapped
    if _listed(number):
        return True
    hidden = any(number in one for one in _DISGUISED if one.version == number.version)
    return number.is_global and not number.is_multicast and not hidden


def body_of(*, key: str, event: str, subject: str, at: str, facts: Mapping[str, Any]) -> bytes:
    """What is sent, the same bytes at each try."""
    told = {"id": key, "event": event, "at": at, "subject": subject, "facts": dict(facts)}
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """``v1=`` and the HMAC-SHA256 of ``timestamp.body`` in hexadecimal."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def tell(*, address: str, event: str, key: str, body: bytes, timestamp: int, secrets: Iterable[str]) -> Told:
    """One attempt. Never raises for what the other side does."""
    try:
        parts = check_address(address)
        number = _resolved(parts)
    except AddressUnfit:
        return Told(False, "address-not-allowed")
    except OSError:
        return Told(False, "host-not-found")
    stamp = str(timestamp)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "mutualaid-webhooks",
        "Mutualaid-Event": event,
        "Mutualaid-Delivery": key,
        "Mutualaid-Timestamp": stamp,
        "Mutualaid-Signature": ",".join(signature(secret, stamp, body) for secret in secrets),
    }
    try:
        status = _post(parts, number, body, headers)
    except (OSError, http.client.HTTPException, ValueError) as fault:
        timed_out = isinstance(fault, TimeoutError) or "Cut" in type(fault).__name__
        return Told(False, "timed-out" if timed_out else f"no-answer ({type(fault).__name__})")
    return Told(status in _TAKEN, str(status))


class _CutOff(OSError):
    """The other side took longer than it may."""


def _post(parts: SplitResult, number: Number, body: bytes, headers: Mapping[str, str]) -> int:
    """To the number that was checked, under the name that was asked for. Raises OSError, HTTPException, ValueError."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = parts.hostname or ""
    raw = socket.create_connection((str(number), port), timeout=SECONDS_MOST)
    cut = threading.Event()

    def end() -> None:
        cut.set()
        with suppress(OSError):
            raw.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(SECONDS_MOST, end)
    watch.daemon = True
    watch.start()
    connection = http.client.HTTPConnection(host, port, timeout=SECONDS_MOST)
    try:
        if parts.scheme == "https":
            # Before its handshake it takes the place of the socket that the watch cuts off.
            context = ssl.create_default_context()
            raw = secured = context.wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)
            secured.do_handshake()
        connection.sock = raw
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body=body, headers={"Host": parts.netloc, **headers})
        status = connection.getresponse().status
        if cut.is_set():  # what was cut off reads as if it had ended
            raise _CutOff
        return status
    except (OSError, http.client.HTTPException, ValueError):
        if cut.is_set():
            raise _CutOff from None
        raise
    finally:
        watch.cancel()
        connection.close()
        raw.close()


def _resolved(parts: SplitResult) -> Number:
    """The first number of a host, all of which may be told. Raises OSError, AddressUnfit."""
    found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    numbers = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if parts.scheme == "http" and not all(number.is_loopback for number in numbers):
        raise _unfit()
    if not numbers or not all(may_be_told(number) for number in numbers):
        raise _unfit()
    return numbers[0]


def _listed(number: Number) -> bool:
    for one in os.environ.get(NETWORKS, "").split(","):
        with suppress(ValueError):  # what is no network lists nothing
            if number in ipaddress.ip_network(one.strip()):
                return True
    return False


def _number(host: str) -> Number | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    number = _number(host)
    return host == "localhost" or (number is not None and number.is_loopback)


def _unfit() -> AddressUnfit:
    return AddressUnfit(
        f"地址应为 https://主机/路径，最多 {LETTERS_MOST} 个字符，不含用户名和密码；请改正",
        f"expected https://host/path of at most {LETTERS_MOST} characters, without user or password; correct it",
    )
