"""Accounts of payees: brought to one form, checked as far as that goes without the bank, own bank told from others."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from mutualaid.payouts.refusals import BadAccount

_BANK = re.compile(r".*?(?:银行|信用社|信用合作联社|农商行|邮储)")


@dataclass(frozen=True)
class Payee:
    """Where money goes. ``bank_code``: the 12 digits of 联行号, empty when nobody told them."""

    name: str
    account_number: str
    bank_name: str
    bank_code: str


def payee(*, payee_name: str, account_number: str, bank_name: str, bank_code: str) -> Payee:
    """A payee as a bank takes it: spaces and full-width digits mended. Raises BadAccount."""
    name, bank = _line(payee_name), _line(bank_name)
    account, code = signs(account_number), signs(bank_code)
    if not 0 < len(name) <= 100:
        raise BadAccount("应填写收款人户名，不超过 100 字", "expected the payee's name, of at most 100 letters")
    if not re.fullmatch(r"[0-9]{8,32}", account):
        raise BadAccount(
            f"收款账号应为 8 至 32 位数字，得到 {len(account)} 个字符；请核对银行卡",
            f"expected an account of 8 to 32 digits, found {len(account)} signs; look at the bank card",
        )
    if not 0 < len(bank) <= 100:
        raise BadAccount("应填写开户银行，不超过 100 字", "expected the name of the bank, of at most 100 letters")
    if code and not re.fullmatch(r"[0-9]{12}", code):
        raise BadAccount(
            f"联行号应为 12 位数字或留空，得到 {len(code)} 个字符；请核对",
            f"expected a bank code of 12 digits or none, found {len(code)} signs; check it",
        )
    return Payee(name, account, bank, code)


def bank_of(bank_name: str) -> str:
    """The bank of a branch: ``海市银行海城支行`` is of ``海市银行``."""
    plain = signs(bank_name)
    found = _BANK.match(plain)
    return found.group() if found else plain


def _line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def signs(text: str) -> str:
    """An account number or a name without blanks and dashes, full-width signs made plain."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text))
