"""What this system knows already, asked for many rows at once."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from django.db.models import Q

from mutualaid.claims.models import Claim, Opening, Source
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Employer, Member, Unit
from mutualaid.people.queries import standing_for
from mutualaid.plans.models import PlanVersion
from mutualaid.plans.queries import chain_of
from mutualaid.takeover.checking.rows import Held, Person, Seen

_COLUMNS = ("id", "identity_kind", "identity_index", "name", "sex", "birth_date", "unit_ids", "merged_into")


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
    """Members of the register by the blind index of their number; by that of a double, the member into whom it was merged."""
    found = list(Member.objects.filter(identity_index__in=list(indexes)).only(*_COLUMNS))
    stands = standing_for(members=found)
    return {str(member.identity_index): stands[member.pk] for member in found}


def meet(members: Mapping[str, Member], seen: Seen, lines: dict[str, int]) -> None:
    """Note members of the register, by the index by which they are named, with their covers and whether they have claims here.
    ``lines``: by index, of 会员."""
    by_key: dict[int, list[bytes]] = {}
    for index, member in members.items():
        key = bytes.fromhex(index)
        by_key.setdefault(member.pk, []).append(key)
        seen.persons[key] = Person(lines.get(index, 0), member.pk, member.birth_date.toordinal(), member.sex)
    if not by_key:
        return
    covers = Cover.objects.filter(member__in=by_key).exclude(state="cancelled")
    for row in covers.values_list("member_id", "family", "plan", "from_on", "until_on", "units"):
        member_id, family, plan, from_on, until_on, units = row
        held = Held(family, plan, from_on.toordinal(), until_on.toordinal(), units)
        for key in by_key[member_id]:
            seen.covers[key].append(held)
    counted = Claim.objects.filter(member__in=by_key, counts=True).exclude(source=Source.TAKEOVER)
    for member_id in counted.values_list("member_id", flat=True).distinct():
        for key in by_key[member_id]:
            seen.persons[key].counted = True
    opened = Opening.objects.filter(member__in=by_key)
    for member_id, *told in opened.values_list("member_id", "family", "counter", "key"):
        for key in by_key[member_id]:
            seen.once.add(("opened", key.hex(), *told))


def meet_others(indexes: Iterable[str], seen: Seen) -> None:
    """Whom rows of other sheets are about and the sheet 会员 does not list: those of the register in the office's branch."""
    wanted = {index for index in indexes if index and bytes.fromhex(index) not in seen.persons}
    if wanted:
        found = members_by_index(wanted)
        meet({index: one for index, one in found.items() if seen.office.pk in one.unit_ids}, seen, {})
