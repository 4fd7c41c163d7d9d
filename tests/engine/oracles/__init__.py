"""Slow second opinions on four plans, written from the prose of the plans and the public contract, never from the engine.

Each plan module offers ``decide(case) -> lines``. ``PLANS`` finds it by plan id. Only plain fractions, dates and lists are
used, so that a reader can follow a sum with paper and pencil; speed doesn't matter here.
"""

from collections.abc import Callable
from typing import Any

from . import allowance_2015, guangxi_1, hainan_2, hangzhou_medical

PLANS: dict[str, Callable[[dict[str, Any]], list[dict[str, Any]]]] = {
    guangxi_1.PLAN: guangxi_1.decide,
    hangzhou_medical.PLAN: hangzhou_medical.decide,
    hainan_2.PLAN: hainan_2.decide,
    allowance_2015.PLAN: allowance_2015.decide,
}
