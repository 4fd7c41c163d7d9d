"""Who sees bills, statements, orders and payments: by the first fence and by the second."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mutualaid.contributions import access
from mutualaid.contributions.actions.bank import hold_line, match_line
from mutualaid.contributions.models import Bill, Fund, Order, Payment, Receipt, Settlement, Statement, StatementLine
from mutualaid.contributions.queries import tasks
from mutualaid.core.actors import Actor, ActorKind, system
from mutualaid.core.row_security import within
from mutualaid.people.access import NotFound
from mutualaid.people.models import RoleName
from tests.contributions.scene import World
from tests.people.cast import AT, ON, as_clerk, as_staff, staff

SECURED = (Bill, Fund, Order, Payment, Receipt, Settlement, Statement, StatementLine)


@pytest.fixture
def paid(world: World) -> Bill:
    """A paid bill of the mill, its order, and a line that is held."""
    bill = world.bill()
    match_line(line=world.line(50, serial="S1"), bills=[bill], by=world.by, at=AT)
    hold_line(line=world.line(7, serial="S2"), reason="待查", by=world.by, at=AT)
    world.line(9, serial="S3")
    Order.objects.create(
        number=f"{bill.number}-1", bill=bill, channel="neutral", amount=50, created_at=AT, expires_at=AT, fault="wrong_amount"
    )  # fmt: skip
    return Bill.objects.get(pk=bill.pk)


def seen(look: Callable[[], object]) -> bool:
    """Whether it is found."""
    try:
        look()
    except NotFound:
        return False
    return True


def sees(actor: Actor, bill: Bill) -> list[bool]:
    """Bill, bill to deal with, receipt, order, fund, statement, line, payment."""
    statement = Statement.objects.order_by("id").first()
    assert statement is not None
    key = str(statement.file.key)
    return [
        seen(lambda: access.bill_for(actor=actor, number=bill.number, on=ON)),
        seen(lambda: access.bill_to_deal_with(actor=actor, number=bill.number, on=ON)),
        seen(lambda: access.receipt_for(actor=actor, number=bill.receipt.number, on=ON)),
        seen(lambda: access.order_for(actor=actor, number=f"{bill.number}-1", on=ON)),
        seen(lambda: access.fund_for(actor=actor, code="4505", on=ON)),
        seen(lambda: access.statement_for(actor=actor, key=key, on=ON)),
        seen(lambda: access.line_for(actor=actor, fund="4505", serial="S1", on=ON)),
        seen(lambda: access.payment_for(actor=actor, fund="4505", serial="S1", on=ON)),
    ]


def test_finance_of_the_branch_sees_all(world: World, paid: Bill) -> None:
    assert sees(world.by, paid) == [True] * 8
    assert sees(system("job"), paid) == [True] * 8
    assert not seen(lambda: access.statement_for(actor=world.by, key="x", on=ON))


def test_the_clerk_sees_what_is_the_employers(world: World, paid: Bill) -> None:
    assert sees(as_clerk(world.cast.clerk), paid) == [True, False, True, True, False, False, False, False]


def test_who_takes_rosters_sees_whether_they_are_paid(world: World, paid: Bill) -> None:
    enroller = staff("参保戊", world.cast.county, RoleName.ENROLMENT_CLERK)
    assert sees(as_staff(enroller), paid) == [True, False, True, False, False, False, False, False]


def test_strangers_find_nothing(world: World, paid: Bill) -> None:
    elsewhere = staff("财务己", world.cast.other_city, RoleName.FINANCE)
    for actor in (as_staff(elsewhere), as_staff(world.cast.reviewer), Actor(ActorKind.MEMBER, "1")):
        assert sees(actor, paid) == [False] * 8


def test_what_waits_for_finance(world: World, paid: Bill) -> None:
    def waiting(actor: Actor) -> list[tuple[str, int, str]]:
        found = tasks(
            lines=access.lines_visible_to(actor=actor, on=ON),
            orders=access.orders_visible_to(actor=actor, on=ON),
            payments=access.payments_visible_to(actor=actor, on=ON),
        )
        return [(row.kind, row.count, str(row.amount)) for row in found]

    assert waiting(world.by) == [
        ("lines_unmatched", 1, "9.00"),
        ("orders_unclear", 1, "50.00"),
        ("money_unmatched", 1, "7.00"),
    ]
    assert waiting(as_staff(world.cast.outsider)) == []


def test_the_database_shows_only_the_branch(world: World, paid: Bill) -> None:
    with within([world.cast.city.path]):
        assert all(model.objects.exists() for model in SECURED)
    with within([world.cast.other_city.path]):
        assert not any(model.objects.exists() for model in SECURED)
    with within([world.cast.mill.unit.path]):
        of_employer = {Bill, Fund, Order, Receipt, Settlement}
        assert {model for model in SECURED if model.objects.exists()} == of_employer
    with within([]):
        assert not any(model.objects.exists() for model in SECURED)
