"""What the simulated provider knows: the messages that it sent, its limits, and what it reports, in time or misbehaving."""

from __future__ import annotations

import datetime
import json
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mutualaid.notices.simulator.sealing import Account

MISBEHAVIOURS = {
    "fail": "answers 500, and sends nothing",
    "late": "sends, and answers after longer than anybody waits",
    "lost": "sends, and breaks the connection off",
    "undelivered": "reports that the phone was not reached",
    "no-report": "never hears from the network what became of a message",
    "twice": "lists each message twice, once as failed",
    "forgetful": "takes a message, and neither sends nor lists it",
    "limit": "sends no more: isv.BUSINESS_LIMIT_CONTROL",
    "no-money": "sends nothing: isv.AMOUNT_NOT_ENOUGH",
}
DAY_SECONDS = 86_400
A_DAY_MOST = 50
"""Of one text to one phone within 24 hours, as for notices of the real provider."""
PARAMETER_MOST = 35
CHINA = datetime.timezone(datetime.timedelta(hours=8))
_PHONE = re.compile(r"1[3-9][0-9]{9}|(852|853|886)[0-9]{8,9}")
_OUT_ID_MOST = 256


@dataclass(frozen=True)
class Sent:
    """A message as the provider keeps it."""

    phone: str
    code: str
    text: str
    out_id: str
    receipt: str
    at: int


class Fault(Exception):
    """A request that is refused; the text is the provider's code."""


@dataclass
class Exchange:
    """All messages of one run. ``clock`` gives seconds since 1970."""

    account: Account
    clock: Callable[[], float]
    flags: set[str] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def seconds(self) -> int:
        """By the provider's clock."""
        return int(self.clock())

    def send(self, told: Mapping[str, str]) -> dict[str, Any]:
        """SendSms. Raises Fault."""
        phone, code = told.get("PhoneNumbers", ""), told.get("TemplateCode", "")
        if not _PHONE.fullmatch(phone):
            raise Fault("isv.MOBILE_NUMBER_ILLEGAL")
        if told.get("SignName") != self.account.sign_name:
            raise Fault("isv.SMS_SIGNATURE_ILLEGAL")
        if code not in self.account.texts:
            raise Fault("isv.SMS_TEMPLATE_ILLEGAL")
        if len(told.get("OutId", "")) > _OUT_ID_MOST:
            raise Fault("isv.EXTEND_CODE_ERROR")
        text = self._filled(self.account.texts[code], told.get("TemplateParam", ""))
        if "no-money" in self.flags:
            raise Fault("isv.AMOUNT_NOT_ENOUGH")
        with self.lock:
            lately = [one for one in self.sent if one.at > self.seconds() - DAY_SECONDS]
            many = sum(one.phone == phone and one.code == code for one in lately)
            if "limit" in self.flags or many >= A_DAY_MOST:
                raise Fault("isv.BUSINESS_LIMIT_CONTROL")
            receipt = f"{secrets.randbelow(10**12):012}^0"
            one = Sent(
                phone, code, f"【{self.account.sign_name}】{text}", told.get("OutId", ""), receipt, self.seconds()
            )
            if "forgetful" not in self.flags:
                self.sent.append(one)
        return {"Code": "OK", "Message": "OK", "BizId": receipt, "RequestId": secrets.token_hex(16)}

    def details(self, told: Mapping[str, str]) -> dict[str, Any]:
        """QuerySendDetails. Raises Fault."""
        size, page = told.get("PageSize", ""), told.get("CurrentPage", "")
        day = told.get("SendDate", "")
        if not (size.isdecimal() and 0 < int(size) <= A_DAY_MOST and page.isdecimal() and int(page) > 0):
            raise Fault("isv.INVALID_PARAMETERS")
        if not re.fullmatch(r"[0-9]{8}", day):
            raise Fault("isv.INVALID_PARAMETERS")
        with self.lock:
            found = [one for one in reversed(self.sent) if one.phone == told.get("PhoneNumber") and _day(one.at) == day]
        if told.get("BizId"):
            found = [one for one in found if one.receipt == told["BizId"]]
        listed = [shown for one in found for shown in self._reports(one)]
        first = (int(page) - 1) * int(size)
        return {
            "Code": "OK",
            "Message": "OK",
            "RequestId": secrets.token_hex(16),
            "TotalCount": str(len(listed)),
            "SmsSendDetailDTOs": {"SmsSendDetailDTO": listed[first : first + int(size)]},
        }

    def _reports(self, one: Sent) -> list[dict[str, Any]]:
        if "no-report" in self.flags:
            return [_detail(one, 1, "")]
        failed, reached = _detail(one, 2, "MOBILE_NOT_ON_SERVICE"), _detail(one, 3, "DELIVERED")
        if "twice" in self.flags:
            return [failed, reached]
        return [failed if "undelivered" in self.flags else reached]

    def _filled(self, text: str, written: str) -> str:
        """Raises Fault."""
        wanted = set(re.findall(r"\$\{(\w+)\}", text))
        try:
            told = json.loads(written or "{}")
        except ValueError:
            raise Fault("isv.INVALID_JSON_PARAM") from None
        if not isinstance(told, dict) or not wanted <= told.keys():
            raise Fault("isv.TEMPLATE_MISSING_PARAMETERS")
        if not all(isinstance(value, str) and 0 < len(value) <= PARAMETER_MOST for value in told.values()):
            raise Fault("isv.PARAM_LENGTH_LIMIT")
        if any("http" in value or "www." in value for value in told.values()):
            raise Fault("isv.PARAM_NOT_SUPPORT_URL")
        return re.sub(r"\$\{(\w+)\}", lambda found: told[found[1]], text)


def _detail(one: Sent, status: int, code: str) -> dict[str, Any]:
    at = f"{_in_china(one.at):%Y-%m-%d %H:%M:%S}"
    told = {"PhoneNum": one.phone, "SendStatus": status, "ErrCode": code, "TemplateCode": one.code}
    return {**told, "Content": one.text, "SendDate": at, "ReceiveDate": at if code else "", "OutId": one.out_id}


def _day(at: int) -> str:
    return f"{_in_china(at):%Y%m%d}"


def _in_china(at: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at, CHINA)
