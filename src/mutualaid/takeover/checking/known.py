"""What this system knows already, asked for many rows at once."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.db.models import Q

from mutualaid.claims.models import Claim, Opening, Source
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Employer, Member, Unit
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import chain_of
from mutualaid.takeover.checking.rows import Held, Person, Seen

_COLUMNS = ("id", "identity_kind", "identity_index", "name", "sex", "birth_date", "unit_ids")


def begin(*, office: Unit, cutover_on: datetime.date, on: datetime.date) -> Seen:
    """What is known before the first row: the plans of the office and of those below it, and the employers of its branch."""
    seen = Seen(office, cutover_on, on)
    there = Q(office__in=chain_of(path=office.path)) | Q(office__path__startswith=office.path)
    named: dict[str, list[PlanVersion]] = {}
    for version in PlanVersion.objects.filter(there, state__in=("published", "withdrawn")).order_by("id"):
        seen.versions[version.plan] = version
        named.setdefault(version.name_zh, []).append(version)
    for name, versions in named.items():
        if len(versions) == 1:
            seen.versions.setdefault(name, versions[0])
    branch = Employer.objects.filter(unit_path__startswith=office.path)
    for code, pk, headcount in branch.values_list("credit_code", "pk", "headcount_declared").iterator():
        seen.employers[code] = pk
        seen.headcounts[code] = headcount
    return seen


def members_by_index(indexes: Iterable[str]) -> dict[str, Member]:
    """Members of the register by the blind index of their number."""
    found = Member.objects.filter(identity_index__in=list(indexes)).only(*_COLUMNS)
    return {str(member.identity_index): member for member in found}


def meet(members: Iterable[Member], seen: Seen, lines: dict[str, int]) -> None:
    """Note members of the register, with their covers and whether they have claims here. ``lines``: by index, of 会员."""
    by_key: dict[int, bytes] = {}
    for member in members:
        index = str(member.identity_index)
        key = bytes.fromhex(index)
        by_key[member.pk] = key
        seen.persons[key] = Person(lines.get(index, 0), member.pk, member.birth_date.toordinal(), member.sex)
    if not by_key:
        return
    covers = Cover.objects.filter(member__in=by_key).exclude(state="cancelled")
    for row in covers.values_list("member_id", "family", "plan", "from_on", "until_on", "units"):
        member_id, family, plan, from_on, until_on, units = row
        held = Held(family, plan, from_on.toordinal(), until_on.toordinal(), units)
        seen.covers[by_key[member_id]].append(held)
    counted = Claim.objects.filter(member__in=by_key, counts=True).exclude(source=Source.TAKEOVER)
    for member_id in counted.values_list("member_id", flat=True).distinct():
        seen.persons[by_key[member_id]].counted = True
    opened = Opening.objects.filter(member__in=by_key)
    for member_id, *told in opened.values_list("member_id", "family", "counter", "key"):
        seen.once.add(("opened", by_key[member_id].hex(), *told))


def meet_others(indexes: Iterable[str], seen: Seen) -> None:
    """Whom rows of other sheets are about and the sheet 会员 does not list: those of the register in the office's branch."""
    wanted = {index for index in indexes if index and bytes.fromhex(index) not in seen.persons}
    if wanted:
        found = members_by_index(wanted).values()
        meet((member for member in found if seen.office.pk in member.unit_ids), seen, {})
