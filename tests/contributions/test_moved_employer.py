"""An employer went to another office: its bills stay with the fund into which they are paid, and the new office sees them too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mutualaid.contributions.access import bill_to_deal_with, bills_visible_to
from mutualaid.contributions.models import Bill
from mutualaid.core.row_security import within
from mutualaid.enrolment.access import enrolment_to_decide
from mutualaid.people.actions.moving import accept_unit_move, ask_unit_move
from mutualaid.people.models import RoleName
from tests.people.cast import AT, ON, as_staff, staff

if TYPE_CHECKING:
    from tests.contributions.scene import World


def test_bills_stay_with_their_fund_and_drafts_go_along(world: World) -> None:
    cast = world.cast
    bill = world.bill()
    draft = world.enrolment(free=True)
    giving = staff("经办甲", cast.city, RoleName.ENROLMENT_CLERK)
    taking = staff("经办乙", cast.other_city, RoleName.ENROLMENT_CLERK, RoleName.FINANCE)
    reason = "厂址迁至邕市"
    move = ask_unit_move(unit=cast.mill.unit, to=cast.other_city, on=ON, reason=reason, by=as_staff(giving), at=AT)
    accept_unit_move(move=move, by=as_staff(taking), at=AT)
    for who in (world.by, as_staff(taking)):
        assert list(bills_visible_to(actor=who, on=ON)) == [bill]
    for branch in (cast.city.path, cast.other_city.path):
        with within([branch]):
            seen = Bill.objects.select_related("employer__unit", "fund").get(pk=bill.pk)
            assert seen.employer.unit.name == cast.mill.unit.name
    assert bill_to_deal_with(actor=world.by, number=bill.number, on=ON).fund == world.fund
    assert enrolment_to_decide(actor=as_staff(taking), number=draft.number, on=ON) == draft
