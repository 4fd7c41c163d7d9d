"""Identity documents: what is a possible number, what it tells of the person, and how it is shown. Pure; asks no register.

Resident ID: GB 11643-1999. Foreigner's permanent residence: the rules of 2023 for machine-readable data (18 digits, beginning
with 9, check as in GB 11643); its older form (3 letters, 12 digits) ends in a check digit after ICAO 9303. That it does is
told by public validators, not by a published rule, so there a wrong digit is a warning.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import mul

from mutualaid.people.regions import region_name


class IdentityKind(StrEnum):
    """Kinds of documents by which a member is identified."""

    RESIDENT = "resident_id"
    HKMT_RESIDENCE = "hkmt_residence"
    FOREIGN_RESIDENCE = "foreign_residence"
    PASSPORT = "passport"


class Sex(StrEnum):
    """As in the cases of the engine."""

    MALE = "M"
    FEMALE = "F"


@dataclass(frozen=True)
class Warned:
    """Something odd that does not make a number wrong."""

    zh: str
    en: str


@dataclass(frozen=True)
class Identity:
    """A number in its normal form, and what it tells."""

    kind: IdentityKind
    number: str
    birth_date: datetime.date | None = None
    sex: Sex | None = None
    region: str | None = None
    warnings: tuple[Warned, ...] = ()


class NotAnIdentity(ValueError):
    """A text that is no number of its kind. ``offered``: the number that was probably meant. Never repeats the text itself."""

    def __init__(self, zh: str, en: str, offered: str | None = None) -> None:
        self.zh, self.en, self.offered = zh, en, offered
        super().__init__(en)


EARLIEST = datetime.date(1900, 1, 1)
_NOISE = re.compile(r"[\s'`´‘’＇\"“”\-\u00ad\u200b-\u200f\u2060\ufeff]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_HKMT = {"810000": "香港", "820000": "澳门", "830000": "台湾"}


def normal(text: str) -> str:
    """As numbers are kept: half-width capitals and digits, without spaces, hyphens and the apostrophe of spreadsheets."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).upper()


def check_letter(body: str) -> str:
    """The 18th place after 17 digits: ISO 7064, MOD 11-2."""
    if len(body) != len(_WEIGHTS):
        raise ValueError(f"expected {len(_WEIGHTS)} digits, found {len(body)}")
    return _CHECKS[sum(map(mul, _WEIGHTS, map(int, body))) % 11]


def read_identity(kind: IdentityKind, text: str) -> Identity:
    """A number as people type it. Raises NotAnIdentity."""
    return _READERS[kind](normal(text))


def masked(number: str) -> str:
    """For screens: ``110101********1234``; of shorter numbers a quarter at either end."""
    first, last = (6, 4) if len(number) >= 15 else (len(number) // 4, len(number) // 4)
    return number[:first] + "*" * (len(number) - first - last) + number[len(number) - last :]


def tail(number: str) -> str:
    """The last four places, by which people are looked up at a counter."""
    return number[-4:]


def _date(year: str, rest: str) -> datetime.date | None:
    try:
        found = datetime.date(int(year), int(rest[:2]), int(rest[2:]))
    except ValueError:
        return None
    return found if found >= EARLIEST else None


def _sex(place: str) -> Sex:
    return Sex.MALE if int(place) % 2 else Sex.FEMALE


def _eighteen(number: str) -> datetime.date:
    """The birth date of a number of 18 places. Raises NotAnIdentity."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise NotAnIdentity(
            f"应为 18 位：17 位数字加 1 位校验码（数字或 X）；得到 {len(number)} 位或含其他字符，请对照证件核对",
            f"expected 18 places, 17 digits and a digit or X; found {len(number)} places or other characters; "
            "compare it with the document",
        )
    birth_date = _date(number[6:10], number[10:14])
    if birth_date is None:
        raise NotAnIdentity(
            f"第 7–14 位应为出生日期；得到 {number[6:14]}，不是 1900 年以来的日期，请对照证件核对",
            f"expected a birth date in places 7 to 14, found {number[6:14]}, no date since 1900; compare it with the document",
        )
    if check_letter(number[:17]) != number[17]:
        raise NotAnIdentity(
            "校验码不符：至少有一位输错，或两位颠倒，请对照证件核对",
            "the check place does not fit: a place is mistyped or two are swapped; compare it with the document",
        )
    return birth_date


def _resident(number: str) -> Identity:
    if re.fullmatch(r"[0-9]{15}", number):
        body = f"{number[:6]}19{number[6:]}"
        offered = body + check_letter(body) if _date(body[6:10], body[10:14]) else None
        raise NotAnIdentity(
            "应为 18 位；得到 15 位的旧号码，请核对后改用 18 位号码",
            "expected 18 places, found an old number of 15; check the offered one and use it",
            offered,
        )
    birth_date = _eighteen(number)
    if number[:6] in _HKMT or number[0] == "9":
        raise NotAnIdentity(
            "应为居民身份证号码；得到港澳台居民居住证或外国人永久居留身份证号码，请改选证件种类",
            "expected a resident ID, found the number of a residence permit; choose the other kind of document",
        )
    region = region_name(number[:6])
    warnings = () if region else (_unknown_region(number[:6]),)
    return Identity(IdentityKind.RESIDENT, number, birth_date, _sex(number[16]), region, warnings)


def _unknown_region(code: str) -> Warned:
    return Warned(
        f"区划代码 {code} 不在已知的现行或历史代码中，请对照证件核对",
        f"the region {code} is in no list known to us, current or old; compare it with the document",
    )


def _hkmt(number: str) -> Identity:
    birth_date = _eighteen(number)
    if number[:6] not in _HKMT:
        raise NotAnIdentity(
            f"应以 810000（香港）、820000（澳门）或 830000（台湾）开头；得到 {number[:6]}，请核对证件种类",
            f"expected a number that begins with 810000, 820000 or 830000; found {number[:6]}; check the kind of document",
        )
    return Identity(IdentityKind.HKMT_RESIDENCE, number, birth_date, _sex(number[16]), _HKMT[number[:6]])


def _foreign(number: str) -> Identity:
    if re.fullmatch(r"[A-Z]{3}[0-9]{12}", number):
        return _foreign_old(number)
    if not number.startswith("9") or len(number) != 18:
        raise NotAnIdentity(
            "应为 9 开头的 18 位新号码，或 3 个字母加 12 位数字的旧号码；得到的两者都不是，请对照证件核对",
            "expected 18 places beginning with 9, or the older 3 letters and 12 digits; found neither; "
            "compare it with the document",
        )
    birth_date = _eighteen(number)
    province = f"{number[1:3]}0000"
    region = region_name(province)
    warnings = () if region else (_unknown_region(province),)
    return Identity(IdentityKind.FOREIGN_RESIDENCE, number, birth_date, _sex(number[16]), region, warnings)


def _foreign_old(number: str) -> Identity:
    """Country, 4 digits of the region, birth date with a year of two digits, one place for the order and sex, a check digit."""
    if not any(_date(century + number[7:9], number[9:13]) for century in ("19", "20")):
        raise NotAnIdentity(
            f"第 8–13 位应为出生日期（年月日各两位）；得到 {number[7:13]}，请对照证件核对",
            f"expected a birth date (yymmdd) in places 8 to 13, found {number[7:13]}; compare it with the document",
        )
    region = region_name(f"{number[3:7]}00") or region_name(f"{number[3:5]}0000")
    warnings = [] if region else [_unknown_region(f"{number[3:7]}00")]
    # ICAO 9303: letters count from A = 10, weights 7 3 1 over and over.
    total = sum(int(place, 36) * (7, 3, 1)[at % 3] for at, place in enumerate(number[:14]))
    if total % 10 != int(number[14]):
        warnings.append(
            Warned(
                "末位与通行的校验算法不符，请对照证件核对",
                "the last digit does not fit the usual check; compare it with the document",
            )
        )
    # The century is open, so no birth date is told.
    return Identity(IdentityKind.FOREIGN_RESIDENCE, number, None, _sex(number[13]), region, tuple(warnings))


def _passport(number: str) -> Identity:
    if not re.fullmatch(r"(?=.*[0-9])[A-Z0-9]{5,20}", number):
        raise NotAnIdentity(
            f"护照号码应为 5–20 位字母或数字，至少一位数字；得到 {len(number)} 位或含其他字符，请对照证件核对",
            f"expected 5 to 20 letters or digits with at least one digit; found {len(number)} places or other characters; "
            "compare it with the document",
        )
    return Identity(IdentityKind.PASSPORT, number)


_READERS: Mapping[IdentityKind, Callable[[str], Identity]] = {
    IdentityKind.RESIDENT: _resident,
    IdentityKind.HKMT_RESIDENCE: _hkmt,
    IdentityKind.FOREIGN_RESIDENCE: _foreign,
    IdentityKind.PASSPORT: _passport,
}
