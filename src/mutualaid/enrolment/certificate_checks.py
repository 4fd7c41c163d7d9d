"""Whether a certificate of cover is ours: by its number and a code that only we can make. Whoever holds the paper may ask.

The code is a keyed hash of the number: nothing is stored for it, every certificate that was ever given out has one, and a wrong
one is refused before the database is asked.
"""

from __future__ import annotations

import datetime
import hmac
import io
from dataclasses import dataclass

import segno
from django.conf import settings

from mutualaid.core.encryption import keys
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import Cover, GroupCover
from mutualaid.enrolment.queries import standing_of
from mutualaid.plans.models import PlanVersion

PAGE = "/certificates/"
"""Where the page of verification stands on the site, followed by number and code."""
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 16
_PURPOSE = "enrolment.certificate"


@dataclass(frozen=True)
class Genuine:
    """What the page confirms: enough to compare with the paper, and no more of the person than the masked name. ``standing``: as
    ``queries.standing_of`` says it of the day."""

    number: str
    version: PlanVersion
    from_on: datetime.date
    last_on: datetime.date
    standing: str
    name: str = ""
    station: str = ""
    places: int = 0


def code_of(*, number: str) -> str:
    """16 letters and digits that nobody makes without the installation's keys."""
    drawn = int(keys().blind(number, purpose=_PURPOSE), 16)
    signs = []
    for _ in range(LENGTH):
        drawn, place = divmod(drawn, len(LETTERS))
        signs.append(LETTERS[place])
    return "".join(signs)


def is_code(*, number: str, code: str) -> bool:
    """Whether a code is that of a number, however it was typed."""
    plain = "".join(sign for sign in code.upper() if sign.isascii() and sign.isalnum())
    return hmac.compare_digest(plain.encode(), code_of(number=number).encode())


def grouped(code: str) -> str:
    """As it is printed: four by four."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def checked_at(*, number: str) -> str:
    """The address of the page that confirms a certificate; number and code alone where the site has no address of its own."""
    code = code_of(number=number)
    return f"{settings.SITE_ADDRESS}{PAGE}{number}/{code}" if settings.SITE_ADDRESS else f"{number} {code}"


def picture_of(*, number: str) -> str:
    """The QR picture (SVG) of that address."""
    drawn = io.BytesIO()
    segno.make(checked_at(number=number), micro=False, error="m").save(
        drawn, kind="svg", scale=4, border=2, xmldecl=False
    )
    return drawn.getvalue().decode()


def genuine_certificate(*, number: str, code: str, on: datetime.date) -> Genuine | None:
    """What a certificate says on a day, if it is ours."""
    number = number.strip().upper()[:20]
    if not is_code(number=number, code=code[:40]):
        return None
    with within([EVERYTHING], reads=True):
        cover = Cover.objects.select_related("member", "version").filter(number=number).first()
        if cover is not None:
            name = cover.member.name
            return Genuine(
                number, cover.version, cover.from_on, _last(cover.until_on), standing_of(cover=cover, on=on),
                name=f"{name[:1]}{'*' * max(1, min(len(name) - 1, 3))}",
            )  # fmt: skip
        group = (
            GroupCover.objects.select_related("enrolment__version", "enrolment__employer__unit")
            .filter(number=number)
            .first()
        )
    if group is None:
        return None
    days = group.enrolment
    return Genuine(
        number, days.version, days.from_on, _last(days.until_on), _group_standing(group, on),
        station=days.employer.unit.name, places=group.places,
    )  # fmt: skip


def _last(until_on: datetime.date) -> datetime.date:
    return until_on - datetime.timedelta(days=1)


def _group_standing(group: GroupCover, on: datetime.date) -> str:
    if group.state != "begun":
        return str(group.state)
    if on < group.enrolment.from_on:
        return "ahead"
    return "in_force" if on < group.enrolment.until_on else "past"
