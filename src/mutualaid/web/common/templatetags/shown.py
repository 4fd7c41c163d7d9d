"""How facts are written on screens: amounts, days, masked numbers, refusals. Known in every template without loading."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import get_language

from mutualaid.core import money
from mutualaid.people import contacts, identity
from mutualaid.web.common.rendering import said

register = template.Library()

NONE = "—"
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@register.filter
def yuan(amount: Decimal | int | None) -> str:
    """``1,234.50``, without a unit: that stands in the header or before the number."""
    return NONE if amount is None else money.shown(Decimal(amount))


@register.filter
def capitals(amount: Decimal | int | None) -> str:
    """``人民币壹仟肆佰零玖元伍角`` for documents."""
    return NONE if amount is None else money.in_capitals(Decimal(amount))


@register.filter
def whole(number: int | None) -> str:
    """``12,345``: a count, with groups of three."""
    return NONE if number is None else f"{number:,}"


@register.filter
def identity_masked(number: str | None) -> str:
    """``110101********1234``."""
    return identity.masked(number) if number else NONE


@register.filter
def phone_masked(phone: str | None) -> str:
    """``138****1234``."""
    return contacts.masked_phone(phone) if phone else NONE


@register.filter
def card_masked(card: str | None) -> str:
    """Stars, and the last four digits."""
    return contacts.masked_card(card) if card else NONE


@register.filter
def day(value: datetime.date | datetime.datetime | None) -> str:
    """``2026年11月22日``, in English ``22 Nov 2026``; a moment is the day it falls on here."""
    if value is None:
        return NONE
    if isinstance(value, datetime.datetime):
        value = timezone.localtime(value).date()
    if get_language() == "en":
        return f"{value.day} {MONTHS[value.month - 1]} {value.year}"
    return f"{value.year}年{value.month}月{value.day}日"


@register.filter
def iso_day(value: datetime.date | datetime.datetime | None) -> str:
    """``2026-11-22``, for tables."""
    if value is None:
        return NONE
    return (timezone.localtime(value).date() if isinstance(value, datetime.datetime) else value).isoformat()


@register.filter
def last_day(until: datetime.date | None) -> datetime.date | None:
    """The last day of a term of which ``until`` is the first day after: people read terms with both days in them."""
    return None if until is None else until - datetime.timedelta(days=1)


@register.filter
def moment(value: datetime.datetime | None) -> str:
    """``2026-11-22 09:30``, in the installation's time zone."""
    return NONE if value is None else f"{timezone.localtime(value):%Y-%m-%d %H:%M}"


@register.filter
def plan_name(version: Any) -> str:
    """The name of a plan's version in the language of the page; in Chinese where it has no English one."""
    return str((get_language() == "en" and version.name_en) or version.name_zh)


@register.filter(name="said")
def said_filter(refusal: Any) -> str:
    """A refusal in the language of the page."""
    return said(refusal)
