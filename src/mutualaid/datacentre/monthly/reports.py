"""The reports that there are, each with its figures and by what it is counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mutualaid.datacentre.monthly.benefits import benefits
from mutualaid.datacentre.monthly.enrolled import enrolled
from mutualaid.datacentre.monthly.figures import BENEFITS, ENROLLED, INCOME, Figure, Report
from mutualaid.datacentre.monthly.income import income


@dataclass(frozen=True)
class Kind:
    """One report. ``count`` takes ``office`` and ``month``."""

    key: str
    zh: str
    en: str
    figures: tuple[Figure, ...]
    count: Callable[..., Report[Any]]


KINDS = {
    kind.key: kind
    for kind in (
        Kind("enrolled", "参保", "Enrolment", ENROLLED, enrolled),
        Kind("income", "收入", "Income", INCOME, income),
        Kind("benefits", "支付", "Benefits", BENEFITS, benefits),
    )
}
