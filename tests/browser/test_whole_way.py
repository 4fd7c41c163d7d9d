"""From an employer's registration to the member who sees 我的保障: in Chromium, at the sizes of a phone and of a desk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.demonstration import Demonstration
from tests.browser.way import Way

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("number", "width", "height", "online"), [(201, 390, 844, False), (202, 1440, 900, True)])
def test_from_registration_to_cover(
    demo: Demonstration, chromium: Any, tmp_path: Path, number: int, width: int, height: int, online: bool
) -> None:
    way = Way(chromium, demo.address, tmp_path, number, width, height)
    clerk, officer, finance, member = (way.visit(who) for who in ("clerk", "officer", "finance", "member"))
    clerk.go("/demo/")
    clerk.look("story")
    way.make_account(clerk)
    way.apply(clerk)
    way.approve_application(officer)
    way.begin_enrolment(clerk)
    way.bring_roster(clerk)
    way.take_good_rows(clerk)
    way.hand_in(clerk)
    way.accept_enrolment(officer)
    way.find_bill(clerk)
    if online:
        way.pay_online(clerk)
    else:
        way.match_payment(finance)
    way.see_paid(clerk)
    way.hand_out_codes(clerk)
    way.open_account(member)
    way.see_cover(member)
    way.see_otherwise(member)
    way.look_at_accounts(finance)
    for visit in way.visits:
        visit.close()
