"""Names of companies as different papers write them, brought to one form, so that a payer is found again."""

from __future__ import annotations

import re
import secrets
import unicodedata

_LEFT_OUT = re.compile(r"[\s()（）·.,，。、\-_/'\"“”]")
_ENDINGS = ("工会委员会", "基层委员会", "委员会", "工会")
_SAME = (("有限责任公司", "有限公司"), ("股份有限公司", "股份公司"))
_NUMBER = re.compile(r"B([0-9OQIL]{8,12})")
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_MISREAD = str.maketrans("OQIL", "0011")
_BETWEEN = re.compile(r"[,，;；、。/|+&和及与]")


def payer_key(name: str) -> str:
    """A name without spaces, brackets and the words by which the union of a company differs from the company."""
    plain = _LEFT_OUT.sub("", unicodedata.normalize("NFKC", name)).upper()
    for ending in _ENDINGS:
        if plain.endswith(ending) and len(plain) > len(ending) + 1:
            plain = plain.removesuffix(ending)
            break
    for long, short in _SAME:
        plain = plain.replace(long, short)
    return plain[:100]


def bill_numbers(text: str) -> list[str]:
    """Numbers of bills written anywhere in the text of a transfer, each once: full width, spaced, with O for 0 and I or l
    for 1."""
    found = []
    for part in _BETWEEN.split(unicodedata.normalize("NFKC", text).upper()):
        for told in _NUMBER.findall(re.sub(r"[\s\-_.:#]", "", part)):
            digits = told.translate(_MISREAD)
            # A number is filled up to eight digits; only where it has more does it begin with another than 0.
            found.append("B" + (digits[:8] if digits.startswith("0") else digits))
    return list(dict.fromkeys(found))


def payer_masked(name: str) -> str:
    """A payer's name for the eyes of whoever has a receipt: enough to compare, too little to learn it: 海****公司."""
    shown = (name[:2], name[-2:]) if len(name) > 5 else (name[:1], name[-1:] if len(name) > 2 else "")
    return "*" * 4 if len(name) < 2 else f"{shown[0]}****{shown[1]}"


def new_check_code() -> str:
    """16 letters and digits for a receipt that cannot be guessed from others."""
    return "".join(secrets.choice(_LETTERS) for _ in range(16))
