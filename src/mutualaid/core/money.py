"""Money as people read and write it: yuan with two decimals, digits in groups, capital numerals for documents.

In tables it is ``NUMERIC(14,2)`` and ``Decimal``. Nothing here rounds: what has more than two decimals is refused.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from django.db import models

CENT = Decimal("0.01")
MOST = Decimal("999999999999.99")
_WRITTEN = re.compile(r"(-?)[¥]?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d{1,2}))?(?:元)?")
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


class NotMoney(ValueError):
    """A text that is no amount; ``zh`` and ``en`` say what was expected."""

    def __init__(self, text: str) -> None:
        self.zh = f"应为金额，如 1,234.50，最多两位小数；得到“{text[:40]}”"
        self.en = f"expected an amount such as 1,234.50 with at most two decimals, found {text[:40]!r}"
        super().__init__(self.en)


class TooMuchMoney(NotMoney):
    """An amount beyond what is kept; ``zh`` and ``en`` say how much that is."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.zh = f"金额应小于一万亿元；得到“{text[:40]}”，请核对是否多输了几位"
        self.en = f"expected less than 1,000,000,000,000.00 yuan, found {text[:40]!r}; check for digits too many"
        self.args = (self.en,)


class MoneyField(models.DecimalField):  # type: ignore[type-arg]
    """A column of yuan."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "max_digits": 14, "decimal_places": 2})


def parse(text: str) -> Decimal:
    """Yuan as people type them: full-width digits, spaces, ``¥`` and ``元`` are fine, and ``。`` for the point, as Chinese
    keyboards write it. Raises NotMoney, of what is beyond ``MOST`` TooMuchMoney."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("¥", "¥").replace("。", ".")
    found = _WRITTEN.fullmatch(plain)
    if found is None:
        raise NotMoney(text)
    sign, whole, part = found.groups()
    amount = Decimal(f"{sign}{whole.replace(',', '')}.{(part or '').ljust(2, '0')}")
    if abs(amount) > MOST:
        raise TooMuchMoney(text)
    return amount


def shown(amount: Decimal) -> str:
    """``1,234.50``. Raises ValueError for a part of a fen."""
    if amount != amount.quantize(CENT):
        raise ValueError(f"expected whole fen, found {amount}")
    return f"{amount.quantize(CENT):,}"


def in_capitals(amount: Decimal) -> str:
    """``人民币壹仟肆佰零玖元伍角`` for documents.

    支付结算办法 附一《正确填写票据和结算凭证的基本规定》：到元为止的写“整”，到角的可不写，有分的不写；数字中间的零写一个“零”。
    Raises ValueError below zero or for a part of a fen.
    """
    if amount < 0 or amount > MOST or amount != amount.quantize(CENT):
        raise ValueError(f"expected whole fen from 0 to {MOST}, found {amount}")
    fen = int(amount.scaleb(2))
    yuan, jiao, rest = fen // 100, fen // 10 % 10, fen % 10
    text = _whole(yuan) + "元" if yuan else ""
    if jiao:
        text += ("零" if yuan and yuan % 10 == 0 else "") + _DIGITS[jiao] + "角"
    elif rest and yuan:
        text += "零"
    if rest:
        text += _DIGITS[rest] + "分"
    if not fen:
        text = "零元"
    return f"人民币{text}{'' if jiao or rest else '整'}"


def _whole(number: int) -> str:
    """A whole number above zero."""
    groups = []
    while number:
        number, low = divmod(number, 10_000)
        groups.append(low)
    text = ""
    for place in range(len(groups) - 1, -1, -1):
        low = groups[place]
        if not low:
            text += "" if text.endswith("零") else "零"
            continue
        digits = f"{low:04d}"
        if not text:
            digits = digits.lstrip("0")
        spoken = ""
        for at, digit in enumerate(digits):
            if digit == "0":
                spoken += "" if (spoken or text).endswith("零") else "零"
            else:
                spoken += _DIGITS[int(digit)] + _PLACES[len(digits) - 1 - at]
        text += spoken.rstrip("零") + _GROUPS[place]
    return text.rstrip("零")
