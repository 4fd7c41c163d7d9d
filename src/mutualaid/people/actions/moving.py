"""An employer's union goes to another office: asked by the office that gives it, accepted by the one that takes it, done on the
day with all that is the employer's (``people/carrying.py``)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from django.db import transaction

from mutualaid.core.actors import Actor, ActorKind
from mutualaid.core.audit import record
from mutualaid.core.dates import day_of
from mutualaid.core.moves import make
from mutualaid.core.row_security import EVERYTHING, within
from mutualaid.people.actions.units import MisplacedUnit
from mutualaid.people.merged_employers import expect_unmerged
from mutualaid.people.models import STANDS_UNDER, Account, EmployerClerk, Employment, Level, RoleName, Staff, Unit
from mutualaid.people.move_models import UnitMove
from mutualaid.people.queries import nearest_holders, on_day
from mutualaid.people.refusals import Refused
from mutualaid.people.states import UNIT_MOVE
from mutualaid.people.telling import tell


class NotYourMove(Refused):
    """Another person, or another office, has to do it."""


class MoveOpen(Refused):
    """Another move of the same union waits."""


class NotMovable(Refused):
    """The union does not go there, or not on that day."""


@transaction.atomic
def ask_unit_move(
    *, unit: Unit, to: Unit, on: datetime.date, reason: str, by: Actor, at: datetime.datetime
) -> UnitMove:
    """The office that has an employer's union asks another one to take it from a day on. Raises NotMovable, MisplacedUnit,
    MoveOpen, NotYourMove, EmployerMerged, Refused."""
    who = _staff(by)
    expect_unmerged(employer=unit.pk)
    locked = Unit.objects.select_for_update(no_key=True, of=("self",)).get(pk=unit.pk)
    _expect_possible(locked, to, on, day_of(at))
    _expect(reason)
    waits = UnitMove.objects.filter(unit=locked, state__in=["asked", "accepted"]).first()
    if waits is not None:
        raise MoveOpen(
            f"该单位应没有办理中的转移；已有 {waits.number}，请等待结果，或先撤回",
            f"expected no open move of this union, found {waits.number}; wait for it, or take it back first",
        )
    move = UnitMove.objects.create(
        unit=locked,
        unit_code=locked.code,
        unit_name=locked.name,
        persons=Employment.objects.filter(on_day(day_of(at)), employer=locked.pk).count(),
        from_office_id=locked.parent_id or 0,  # an employer's union stands under an office
        to_office=to,
        from_path=locked.path,
        to_path=f"{to.path}{locked.pk}/",
        on_day=on,
        reason=reason.strip(),
        asked_by=by.key,
        asked_name=who.name,
        asked_at=at,
    )
    move.refresh_from_db(fields=["number"])
    record(what="ask_unit_move", row=move, by=by, at=at, unit=locked.pk, to=to.pk, on=str(on))
    _tell_office(move, to, "unit_move_to_accept", by, at)
    return move


@transaction.atomic
def accept_unit_move(*, move: UnitMove, by: Actor, at: datetime.datetime) -> UnitMove:
    """The office that takes it agrees; on its day, which may be today, it is done. Raises IllegalMove, NotYourMove,
    NotMovable."""
    who = _staff(by)
    if by.key == move.asked_by:
        raise NotYourMove(
            "应由接收机构的另一人确认；提出的人可以撤回",
            "expected another person of the office that takes it, found who asked, who may take it back",
        )
    with within([EVERYTHING]):
        told = {"decided_by": by.key, "decided_name": who.name, "decided_at": at}
        moved = make(move, UNIT_MOVE, "accept_unit_move", by=by, at=at, also=told)
        _refuse_name(moved)
        _tell_all(moved, "unit_move_accepted", by, at)
        return apply_unit_move(move=moved, by=by, at=at) if moved.on_day <= day_of(at) else moved


@transaction.atomic
def apply_unit_move(*, move: UnitMove, by: Actor, at: datetime.datetime) -> UnitMove:
    """The day has come: the union stands under its new office, and every row that holds its path goes along; bills and what is
    ordered from a fund stay with the office that has the fund. Raises IllegalMove, NotMovable."""
    with within([EVERYTHING]):
        unit = Unit.objects.select_for_update(of=("self",)).get(pk=move.unit_id)
        if move.on_day > day_of(at) or unit.path != move.from_path:
            raise NotMovable(
                f"应已到转移日 {move.on_day}，且单位仍在原处；现不是，请刷新后再看",
                f"expected the day of the move ({move.on_day}) and the union where it was, found otherwise; look again",
            )
        _refuse_name(move)
        to_path = f"{Unit.objects.get(pk=move.to_office_id).path}{unit.pk}/"
        moved = make(move, UNIT_MOVE, "apply_unit_move", by=by, at=at, also={"applied_at": at, "to_path": to_path})
        unit.parent_id = move.to_office_id
        unit.save(update_fields=["parent"])  # the database writes its path, and carries all copies along
        record(what="move_unit", row=unit, by=by, at=at, move=moved.number, to=move.to_office_id)
        _tell_all(moved, "unit_moved", by, at)
    return moved


@transaction.atomic
def refuse_unit_move(*, move: UnitMove, reason: str, by: Actor, at: datetime.datetime) -> UnitMove:
    """The office does not take it, and says why. Raises IllegalMove, NotYourMove, Refused."""
    _expect(reason)
    who = _staff(by)
    told = {"decided_by": by.key, "decided_name": who.name, "decided_at": at, "answer": reason.strip()}
    moved = make(move, UNIT_MOVE, "refuse_unit_move", by=by, at=at, also=told)
    _tell_account(moved, "unit_move_refused", by, at)
    return moved


@transaction.atomic
def withdraw_unit_move(*, move: UnitMove, by: Actor, at: datetime.datetime) -> UnitMove:
    """The office that gives it takes it back before its day. Raises IllegalMove, NotYourMove."""
    _staff(by)
    return make(move, UNIT_MOVE, "withdraw_unit_move", by=by, at=at)


# --- checks -----------------------------------------------------------------------------------------------------------


def _expect_possible(unit: Unit, to: Unit, on: datetime.date, today: datetime.date) -> None:
    if unit.level != Level.GRASSROOTS:
        raise NotMovable(
            f"只有用人单位的基层工会可以转移；得到{Level(unit.level).label}，不能转移",
            f"expected an employer's own union, found a {unit.level} unit, which stays where it is",
        )
    if to.level not in STANDS_UNDER[Level.GRASSROOTS]:
        raise MisplacedUnit(
            f"接收机构应为省、市、县区或产业工会；得到{Level(to.level).label}，请改选",
            f"expected a provincial, city, county or industry office, found a {to.level} unit; choose another",
        )
    if to.pk == unit.parent_id:
        raise NotMovable(
            "接收机构应不同于现在的机构；得到的相同，请改选", "expected another office than now, found the same"
        )
    if on < today:
        raise NotMovable(
            f"转移日应不早于 {today}；得到 {on}，请改正", f"expected a day from {today} on, found {on}; correct it"
        )


def _refuse_name(move: UnitMove) -> None:
    if Unit.objects.filter(parent=move.to_office_id, name=move.unit_name).exclude(pk=move.unit_id).exists():
        raise NotMovable(
            f"接收机构之下应没有同名单位；已有“{move.unit_name}”，请核对是否同一单位",
            f"expected no unit of this name under the office that takes it, found “{move.unit_name}”; is it the same one?",
        )


def _staff(by: Actor) -> Staff:
    found = Staff.objects.filter(account=int(by.key)).first() if by.kind is ActorKind.STAFF else None
    if found is None:
        raise NotYourMove("应由经办机构的工作人员办理", "expected somebody of an office to do it")
    return found


def _expect(reason: str) -> None:
    if not 2 <= len(reason.strip()) <= 300:
        raise Refused("应说明原因（2–300 字），请填写", "expected a reason of 2 to 300 characters; write it")


# --- who is told ------------------------------------------------------------------------------------------------------


def _tell_office(move: UnitMove, office: Unit, template: str, by: Actor, at: datetime.datetime) -> None:
    accounts = nearest_holders(unit=office, roles=[RoleName.ENROLMENT_CLERK], on=day_of(at), besides=[by.key])
    _tell(move, accounts, "staff", template, by, at)


def _tell_all(move: UnitMove, template: str, by: Actor, at: datetime.datetime) -> None:
    """Who asked, and the clerks of the employer."""
    _tell_account(move, template, by, at)
    bound = EmployerClerk.objects.filter(employer=move.unit_id, state="bound").select_related("account").order_by("id")
    _tell(move, [clerk.account for clerk in bound], "clerk", template, by, at)


def _tell_account(move: UnitMove, template: str, by: Actor, at: datetime.datetime) -> None:
    if move.asked_by != by.key:
        _tell(move, list(Account.objects.filter(pk=int(move.asked_by))), "staff", template, by, at)


def _tell(
    move: UnitMove, accounts: Sequence[Account], portal: str, template: str, by: Actor, at: datetime.datetime
) -> None:
    with within([EVERYTHING], reads=True):
        office = Unit.objects.get(pk=move.to_office_id).name
    words = {"number": move.number, "unit": move.unit_name, "office": office, "on": move.on_day}
    link = f"/workbench/moves/{move.number}" if portal == "staff" else f"/employers/units/{move.unit_code}"
    for one in accounts:
        tell(account=one, portal=portal, template=template, words=words, link=link, by=by, at=at)
