"""Who somebody is, as it is told and as the number tells: read, weighed, and brought to one form. Pure."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from mutualaid.people.identity import EARLIEST, IdentityKind, Sex, read_identity
from mutualaid.people.names import read_name
from mutualaid.people.refusals import Refused


@dataclass(frozen=True)
class Person:
    """Who somebody is, after all checks."""

    kind: IdentityKind
    number: str
    name: str
    sex: Sex
    birth_date: datetime.date


class Contradiction(Refused):
    """What is said of a person is not what the number tells."""


class IdentityIncomplete(Refused):
    """The number tells neither, so it must be said."""


def read_person(
    kind: IdentityKind, number: str, name: str, sex: Sex | None, birth_date: datetime.date | None, on: datetime.date
) -> Person:
    """Read and weigh what is said of a person. Raises NotAnIdentity, NotAName, Contradiction, IdentityIncomplete, Refused."""
    found = read_identity(kind, number)
    if (sex and found.sex and sex != found.sex) or (birth_date and found.birth_date and birth_date != found.birth_date):
        raise Contradiction(
            "性别和出生日期应与证件号码一致；得到的不一致，请对照证件改正",
            "expected the sex and birth date that the number tells, found others; compare them with the document",
        )
    sex, birth_date = found.sex or sex, found.birth_date or birth_date
    if sex is None or birth_date is None:
        raise IdentityIncomplete(
            "此种证件号码不含性别或完整的出生日期，应另行填写；没有找到，请补全",
            "this number does not tell sex or birth date: expected both beside it, found none; add them",
        )
    if not EARLIEST <= birth_date <= on:
        raise Refused(
            f"出生日期应在 {EARLIEST} 至 {on} 之间；得到的不在其内，请对照证件改正",
            f"expected a birth date from {EARLIEST} to {on}, found another; compare it with the document",
        )
    return Person(kind, found.number, read_name(name), sex, birth_date)
