"""Client of Alibaba Cloud's short messages (Dysmsapi 2017-05-25: SendSms, QuerySendDetails), signed by ACS3-HMAC-SHA256."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import http.client
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote, urlsplit

from mutualaid.core.dates import day_of
from mutualaid.notices.gateway import Fate, NotNow, NotTaken, Report, Unclear

ALGORITHM = "ACS3-HMAC-SHA256"
VERSION = "2017-05-25"
ENDPOINT = "https://dysmsapi.aliyuncs.com"
SECONDS_MOST = 10
"""How long one call may take to connect, and then to answer."""
BYTES_MOST = 262_144
PAGE = 50
PAGES_MOST = 20
_MIDNIGHT = datetime.timedelta(minutes=10)
"""The provider dates a message by its own clock: shortly before midnight it may be tomorrow's there."""
_EMPTY = hashlib.sha256(b"").hexdigest()
_HERE = {"127.0.0.1", "localhost", "::1"}
_OK, _SERVER_FAULT = 200, 500
_REFUSED = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.MOBILE_COUNT_OVER_LIMIT",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "isv.INVALID_PARAMETERS",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.PARAM_NOT_SUPPORT_URL",
        "isv.INVALID_JSON_PARAM",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.UNSUPPORTED_CONTENT",
        "isv.PHONENUMBER_UNSUBSCRIBED",
        "MOBILE_IN_BLACK",
    }
)
"""Codes about this one message: it is never sent. Other codes of ``isv.`` are about limits, the account or what is configured."""
_FATES: Mapping[int, Fate] = {1: "waiting", 2: "failed", 3: "delivered"}
_RANK: tuple[Fate, ...] = ("absent", "failed", "waiting", "delivered")


@dataclass(frozen=True)
class Approved:
    """A text that the provider has approved: its code, and the provider's names for our words."""

    code: str
    names: Mapping[str, str]


@dataclass(frozen=True)
class Aliyun:
    """An account there, with the sign in front of its messages."""

    address: str
    key_id: str
    key_secret: str
    sign_name: str
    templates: Mapping[str, Approved]

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """From the file. Raises KeyError, ValueError, TypeError, AttributeError."""
        from mutualaid.notices.templates import TEMPLATES

        address = facts.get("address", ENDPOINT).rstrip("/")
        parts = urlsplit(address)
        here = parts.hostname in _HERE and parts.scheme == "http"
        if facts["provider"] != "aliyun" or parts.hostname is None or not (parts.scheme == "https" or here):
            raise ValueError("expected the provider aliyun at an https address")
        approved = {}
        for name, told in facts["templates"].items():
            code = told if isinstance(told, str) else told["code"]
            wanted = TEMPLATES[name].sms_words
            names = {word: word for word in wanted} | ({} if isinstance(told, str) else told.get("names", {}))
            if not code or not wanted or set(names) != wanted:
                raise ValueError(f"expected the code of {name}, and names for {sorted(wanted)}")
            approved[name] = Approved(code, names)
        wanted_texts = (facts["access_key_id"], facts["access_key_secret"], facts["sign_name"])
        if not all(isinstance(text, str) and text for text in wanted_texts):
            raise ValueError("expected keys and a sign")
        return cls(address, *wanted_texts, approved)

    def sends(self, *, template: str) -> bool:
        """See the protocol."""
        return template in self.templates

    def send(self, *, name: str, phone: str, template: str, words: Mapping[str, str], at: datetime.datetime) -> str:
        """See the protocol."""
        if template not in self.templates:
            raise NotTaken("no-template")
        approved = self.templates[template]
        told = {theirs: words[ours] for ours, theirs in sorted(approved.names.items())}
        query = {
            "PhoneNumbers": phone.removeprefix("+"),
            "SignName": self.sign_name,
            "TemplateCode": approved.code,
            "TemplateParam": json.dumps(told, ensure_ascii=False, separators=(",", ":")),
            "OutId": name,
        }
        found = self._call("SendSms", query, at)
        if found.get("Code") != "OK":
            self._refuse(str(found.get("Code", "")))
        return str(found.get("BizId", ""))[:64]

    def ask(self, *, name: str, phone: str, receipt: str, sent_at: datetime.datetime, at: datetime.datetime) -> Report:
        """See the protocol. With a receipt the provider finds the message itself; else all of the phone's day are looked at."""
        for day in sorted({day_of(sent_at), day_of(sent_at + _MIDNIGHT)}):
            for page in range(1, PAGES_MOST + 1):
                query = {
                    "PhoneNumber": phone.removeprefix("+"),
                    "SendDate": f"{day:%Y%m%d}",
                    "PageSize": str(PAGE),
                    "CurrentPage": str(page),
                } | ({"BizId": receipt} if receipt else {})
                found = self._call("QuerySendDetails", query, at)
                if found.get("Code") != "OK":
                    raise NotNow(str(found.get("Code", ""))[:60])
                told = _details(found)
                reports = [_report(one) for one in told if one.get("OutId") == name]
                if reports:  # told twice, what came to the phone counts
                    return max(reports, key=lambda one: _RANK.index(one.fate))
                if len(told) < PAGE:
                    break
            else:
                raise Unclear("more messages in a day than are looked through")
        return Report("absent")

    def _refuse(self, code: str) -> None:
        """Raises what a code of SendSms means."""
        if code in _REFUSED:
            raise NotTaken(code)
        if code.startswith("isv.") or "Throttling" in code:
            raise NotNow(code[:60])
        raise Unclear(f"the provider answered {code[:60]!r}")

    def _call(self, action: str, query: Mapping[str, str], at: datetime.datetime) -> Mapping[str, Any]:
        """One call, never tried again here. Raises Unclear, NotNow."""
        parts = urlsplit(self.address)
        assert parts.hostname is not None
        host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
        headers = {
            "host": host,
            "x-acs-action": action,
            "x-acs-version": VERSION,
            "x-acs-date": f"{at.astimezone(datetime.UTC):%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-content-sha256": _EMPTY,
        }
        headers["Authorization"] = authorization("POST", "/", query, headers, self.key_id, self.key_secret)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname, parts.port, timeout=SECONDS_MOST)
        try:
            connection.request("POST", "/?" + canonical_query(query), body=b"", headers=headers)
            response = connection.getresponse()
            raw = response.read(BYTES_MOST + 1)
            if response.status >= _SERVER_FAULT or len(raw) > BYTES_MOST:
                raise Unclear(f"the provider answered {response.status}")
            found = json.loads(raw)
        except (OSError, http.client.HTTPException, ValueError) as fault:
            raise Unclear(f"no answer that counts ({type(fault).__name__})") from None
        finally:
            connection.close()
        if not isinstance(found, dict):
            raise Unclear("the answer is no object")
        if response.status != _OK:  # signature, key, clock, rights, too many calls: nothing was done
            raise NotNow(str(found.get("Code", response.status))[:60])
        return found


def canonical_query(query: Mapping[str, str]) -> str:
    """Sorted by name, each part encoded as RFC 3986 says."""
    return "&".join(f"{quote(name, safe='~')}={quote(query[name], safe='~')}" for name in sorted(query))


def authorization(
    method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], key_id: str, key_secret: str
) -> str:
    """The header ``Authorization``: all of ``headers`` (names in lower case, the hash of the payload among them) are signed."""
    signed = ";".join(sorted(headers))
    told = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    request = "\n".join([method, path, canonical_query(query), told, signed, headers["x-acs-content-sha256"]])
    text = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={signed},Signature={signature}"


def _details(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Raises Unclear."""
    try:
        told = found["SmsSendDetailDTOs"]["SmsSendDetailDTO"]
    except (KeyError, TypeError):
        raise Unclear("the answer lacks its details") from None
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
        raise Unclear("the details are no list")
    return told


def _report(one: Mapping[str, Any]) -> Report:
    """Raises Unclear."""
    try:
        fate = _FATES[int(one["SendStatus"])]
    except (KeyError, ValueError, TypeError):
        raise Unclear("the provider names a state that there is not") from None
    return Report(fate, str(one.get("ErrCode", ""))[:60])
