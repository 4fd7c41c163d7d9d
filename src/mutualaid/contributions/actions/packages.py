"""A package that is handed in, taken by the office, or taken back, while somebody waits, or by the worker where it is large."""

from __future__ import annotations

import datetime

from django.db import transaction

from mutualaid.contributions.actions import bills, undoing
from mutualaid.contributions.models import Bill
from mutualaid.contributions.undoable import package_not_taken_back
from mutualaid.core import work
from mutualaid.core.actors import Actor
from mutualaid.core.models import LongJob
from mutualaid.core.moves import refuse_move
from mutualaid.enrolment.package_models import Package
from mutualaid.enrolment.packages import rows_taken
from mutualaid.enrolment.states import PACKAGE


@transaction.atomic
def hand_in_package(*, package: Package, by: Actor, at: datetime.datetime) -> list[Bill] | LongJob:
    """``submit_package_and_bill``, of a large roster by the worker, whose job is then given. Raises what that raises."""
    if not _is_large(package):
        return bills.submit_package_and_bill(package=package, by=by, at=at)
    refuse_move(package, PACKAGE, "submit_package")
    return _asked("submit_package_and_bill", "employers", package, by, at)


@transaction.atomic
def take_on_package(*, package: Package, by: Actor, at: datetime.datetime) -> list[Bill] | LongJob:
    """``accept_package_and_bill``, of a large roster by the worker, whose job is then given. Raises what that raises."""
    if not _is_large(package):
        return bills.accept_package_and_bill(package=package, by=by, at=at)
    refuse_move(package, PACKAGE, "accept_package")
    return _asked("accept_package_and_bill", "workbench", package, by, at)


@transaction.atomic
def call_back_package(*, package: Package, by: Actor, at: datetime.datetime) -> Package | LongJob:
    """``take_back_package``, of a large roster by the worker, whose job is then given; what is paid is refused at once. Raises
    what that raises."""
    if not _is_large(package):
        return undoing.take_back_package(package=package, by=by, at=at)
    refuse_move(package, PACKAGE, "take_back_package")
    refusal = package_not_taken_back(package=package)
    if refusal is not None:
        raise refusal
    return _asked("take_back_package", "employers", package, by, at)


def _is_large(package: Package) -> bool:
    # Rows of all plans: each of them is checked and written for itself.
    return rows_taken(package=package, at_most=bills.AT_ONCE_PERSONS + 1) > bills.AT_ONCE_PERSONS


def _asked(kind: str, portal: str, package: Package, by: Actor, at: datetime.datetime) -> LongJob:
    wanted = {"package": package.number, "back": f"/{portal}/packages/{package.number}"}
    return work.ask(kind=kind, wanted=wanted, by=by, at=at)
