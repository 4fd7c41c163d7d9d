"""Who sees payment orders, batches and files of banks: by the first fence and by the second."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.core.row_security import within
from mutualaid.payouts import access
from mutualaid.payouts.actions.results import take_result
from mutualaid.payouts.finding import find_payouts
from mutualaid.payouts.models import BankResult, Batch, OrderShare, PaymentOrder
from mutualaid.people.access import NotFound
from mutualaid.people.models import RoleName
from tests.payouts.bank_side import released
from tests.payouts.scene import World
from tests.people.cast import AT, BY, ON, as_clerk, as_staff, staff


@pytest.fixture
def batch(world: World) -> Batch:
    """A released batch, and a file of the bank."""
    take_result(fund=world.fund, data=b"<?xml version='1.0'?><a/>", name="a.xml", genuine=False, by=BY, at=AT)
    return released(world, [world.order()])


def seen(look: Callable[[], object]) -> bool:
    """Whether it is found."""
    try:
        look()
    except NotFound:
        return False
    return True


def sees(actor: Actor, batch: Batch) -> list[bool]:
    """Order, batch, file of the bank, and both numbers by the search box."""
    order, result = PaymentOrder.objects.get(), BankResult.objects.get()
    return [
        seen(lambda: access.order_for(actor=actor, number=order.number, on=ON)),
        seen(lambda: access.batch_for(actor=actor, number=batch.number, on=ON)),
        seen(lambda: access.result_for(actor=actor, key=str(result.key), on=ON)),
        bool(find_payouts(actor=actor, text=order.number, on=ON, limit=5)),
        bool(find_payouts(actor=actor, text=batch.number, on=ON, limit=5)),
    ]


def test_finance_of_the_branch_sees_all(world: World, batch: Batch) -> None:
    assert sees(world.by, batch) == [True] * 5
    assert sees(system("job"), batch) == [True] * 5
    assert not seen(lambda: access.result_for(actor=world.by, key="x", on=ON))
    assert find_payouts(actor=world.by, text="林晓禾", on=ON, limit=5) == ()


def test_others_find_nothing(world: World, batch: Batch) -> None:
    elsewhere = staff("财务己", world.cast.other_city, RoleName.FINANCE)
    below = staff("财务庚", world.cast.county, RoleName.FINANCE)
    senior = staff("复核辛", world.cast.city, RoleName.SENIOR_REVIEWER)
    member = Actor(ActorKind.MEMBER, str(world.cast.lin.pk))
    for actor in (as_staff(elsewhere), as_staff(below), as_staff(senior), as_clerk(world.cast.clerk), member):
        assert sees(actor, batch) == [False] * 5


def test_the_database_shows_only_the_branch(world: World, batch: Batch) -> None:
    tables = (PaymentOrder, OrderShare, Batch, BankResult)
    with within([world.cast.city.path]):
        assert all(model.objects.exists() for model in tables)
    with within([world.cast.county.path]):  # where the claim was decided: the order, not the fund's batches
        assert [model.objects.exists() for model in tables] == [True, True, False, False]
    with within([world.cast.other_city.path]):
        assert not any(model.objects.exists() for model in tables)
