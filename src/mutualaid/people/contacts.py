"""Mobile numbers, bank cards and the unified social credit codes of employers: what is possible, and how it is shown. Pure."""

from __future__ import annotations

import re
import unicodedata

from stdnum.cn import uscc

_NOISE = re.compile(r"[\s'`‘’()\-\u200b-\u200f\u2060\ufeff]")
_MAINLAND = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
# The registering authority may be a letter (N for rural collectives), which stdnum's own check of the form refuses.
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_DOUBLED = str.maketrans("0123456789", "0246813579")
_ABROAD = {
    "852": re.compile(r"[4-9][0-9]{7}"),
    "853": re.compile(r"6[0-9]{7}"),
    "886": re.compile(r"0?(9[0-9]{8})"),
}


class NotAContact(ValueError):
    """A text that is no such number; ``zh`` and ``en`` say what was expected. Never repeats the text."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh, self.en = zh, en
        super().__init__(en)


def _plain(text: str) -> str:
    if text.isascii() and text.isdecimal():
        return text
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()


def read_phone(text: str) -> str:
    """A mobile number: 11 digits of the mainland, else with ``+852``, ``+853`` or ``+886``. Raises NotAContact."""
    plain = _plain(text)
    if mainland := _MAINLAND.fullmatch(plain):
        return mainland[1]
    if abroad := re.fullmatch(r"(?:\+|00)(852|853|886)([0-9]+)", plain):
        area, rest = abroad.groups()
        if found := _ABROAD[area].fullmatch(rest):
            return f"+{area}{found[found.lastindex or 0]}"
    raise NotAContact(
        "应为手机号码：内地 11 位（1 开头），或 +852、+853、+886 加号码；得到的不是，请核对",
        "expected a mobile number: 11 digits of the mainland, or one with +852, +853 or +886; found another; check it",
    )


def read_telephone(text: str) -> str:
    """The telephone of an office as people dial it: a fixed line with its area code (``0779-2033456``, an extension after a
    further ``-``), a mobile number, or a short one (``12351``, ``400-820-0000``). Raises NotAContact."""
    plain = re.sub(r"[^0-9+]+", "-", unicodedata.normalize("NFKC", text).strip()).strip("-")
    digits = plain.replace("-", "")
    if re.fullmatch(r"\+?[0-9]+(-[0-9]+){0,3}", plain) and 5 <= len(digits) <= 16 and len(plain) <= 20:
        return plain
    raise NotAContact(
        "应为电话号码：区号加号码（如 0779-2033456，可加分机）、手机号码或短号；得到的不是，请核对",
        "expected a telephone number: area code and number (0779-2033456, an extension), a mobile or a short one; check it",
    )


def read_bank_card(text: str) -> str:
    """The number of a bank card: 12 to 19 digits that pass Luhn's check. Raises NotAContact."""
    plain = _plain(text)
    if not re.fullmatch(r"[0-9]{12,19}", plain):
        raise NotAContact(
            "银行卡号应为 12–19 位数字；得到的不是，请对照卡面核对",
            "expected 12 to 19 digits of a bank card, found something else; compare it with the card",
        )
    if not _passes_luhn(plain):
        raise NotAContact(
            "银行卡号校验不符：至少有一位输错，请对照卡面核对",
            "the check digit of the bank card does not fit: a digit is mistyped; compare it with the card",
        )
    return plain


def _passes_luhn(digits: str) -> bool:
    """Luhn's check of decimal digits (ISO/IEC 7812-1, annex B): every second from the right counts double, digit by digit."""
    return sum(map(int, digits[::-2] + digits[-2::-2].translate(_DOUBLED))) % 10 == 0


def read_credit_code(text: str) -> str:
    """A unified social credit code (GB 32100): 18 places with their check. Raises NotAContact."""
    plain = _plain(text)
    if not _CREDIT_CODE.fullmatch(plain) or uscc.calc_check_digit(plain[:17]) != plain[17]:
        raise NotAContact(
            f"统一社会信用代码应为 18 位且校验相符；得到 {len(plain)} 位或校验不符，请对照证照核对",
            f"expected a unified social credit code of 18 places that passes its check; found {len(plain)} places or a wrong "
            "check; compare it with the certificate",
        )
    return plain


def masked_phone(phone: str) -> str:
    """``138****1234``."""
    return f"{phone[:-8]}****{phone[-4:]}"


def masked_card(card: str) -> str:
    """The last four digits alone."""
    return "*" * (len(card) - 4) + card[-4:]
