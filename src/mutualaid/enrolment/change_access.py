"""Who may see, ask, confirm and refuse mergers and splits of employers. Strangers are told "not found"."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db.models import Q, QuerySet

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.models import StoredFile
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.enrolment.models import EmployerChange
from mutualaid.people.access import NotFound
from mutualaid.people.models import Employer, RoleName, Unit
from mutualaid.people.roles import branches_of_staff, in_branches

CHANGE = (RoleName.ENROLMENT_CLERK,)
"""Roles that see to mergers and splits: two persons, never one."""


def changes_visible_to(*, actor: Actor, on: datetime.date) -> QuerySet[EmployerChange]:
    """Enrolment clerks: those whose office lies in their branches. The system: all."""
    if actor.kind is ActorKind.SYSTEM:
        return EmployerChange.objects.all()
    return EmployerChange.objects.filter(_in_branches(actor, on, "office_path"))


def change_for(*, actor: Actor, number: str, on: datetime.date) -> EmployerChange:
    """One by number, to be looked at, confirmed, refused or withdrawn. Raises NotFound."""
    seen = changes_visible_to(actor=actor, on=on).select_related("office", "taker__unit", "file")
    found = seen.filter(number=number).first()
    if found is None:
        raise NotFound(
            "没有找到该合并或分立，请核对编号", "no such merger or split of employers was found; check the number"
        )
    return found


def changes_to_confirm(*, actor: Actor, on: datetime.date) -> QuerySet[EmployerChange]:
    """Those that wait for somebody else than who asked."""
    return changes_visible_to(actor=actor, on=on).filter(state="asked").exclude(asked_by=actor.key)


def change_paper_for(*, actor: Actor, number: str, on: datetime.date) -> StoredFile:
    """The stamped paper of one. Raises NotFound."""
    found = change_for(actor=actor, number=number, on=on)
    with within([EVERYTHING], reads=True):  # whoever sees it sees by what it was asked
        return StoredFile.objects.get(pk=found.file_id)


def employer_to_change(*, actor: Actor, code: str, on: datetime.date) -> Employer:
    """An employer of the actor's branches, by the code of its union or its credit code. Raises NotFound."""
    wanted = Q(unit__code=code.strip()) | Q(credit_code=code.strip().upper())
    seen = Employer.objects.filter(_in_branches(actor, on, "unit_path")).filter(wanted)
    found = seen.select_related("unit__parent", "merged_into__unit").first()
    if found is None:
        raise NotFound(
            f"没有找到单位“{code.strip()[:40]}”；请核对单位代码或统一社会信用代码，另一机构的单位请先办理单位转移",
            f"no employer “{code.strip()[:40]}” was found; check the code, and move one of another office here first",
        )
    return found


def office_of_change(*, actor: Actor, employers: Sequence[Employer], on: datetime.date) -> Unit:
    """The nearest office above all of some employers, in the actor's branches. Raises NotFound."""
    paths = [one.unit_path.strip("/").split("/")[:-1] for one in employers]
    common = [parts[0] for parts in zip(*paths, strict=False) if len(set(parts)) == 1]
    found = Unit.objects.filter(_in_branches(actor, on, "path"), pk=int(common[-1])).first()
    if found is None:
        raise NotFound(
            "这些单位不在同一机构之下；请由共同的上级机构办理，或先办理单位转移",
            "these employers stand under different offices; have the office above both do it, or move one first",
        )
    return found


def _in_branches(actor: Actor, on: datetime.date, column: str) -> Q:
    return in_branches(branches=branches_of_staff(actor=actor, on=on, roles=CHANGE), column=column)
