"""The clerk's season from the template to the certificate, and the next year, in a real browser with the simulated channel."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mutualaid.contributions.models import Bill, Payment
from mutualaid.enrolment.actions.accepting import accept_enrolment, begin_covers
from mutualaid.enrolment.actions.enrolling import begin_enrolment, submit_enrolment
from mutualaid.enrolment.actions.rosters import add_person
from mutualaid.enrolment.models import Cover
from mutualaid.people.models import Employer
from mutualaid.plans.models import PlanVersion
from mutualaid.web.common import clock
from tests.contributions.channel import Simulator
from tests.enrolment.test_differences import NAMES
from tests.people.cast import BY, resident_id
from tests.web import employers_scene
from tests.web import season_road as road
from tests.web.cast import Web
from tests.web.pages_common import with_password
from tests.web.served import served

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path(os.environ.get("MUTUALAID_CHROMIUM", "/usr/bin/chromium"))
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium here")]


def covered(employer: Employer, of: PlanVersion, orders: tuple[int, ...], now: road.Clock) -> None:
    """Persons of these orders were covered in the term before."""
    then = now() - 364 * road.DAY
    made = begin_enrolment(employer=employer, version=of, headcount=len(orders), by=BY, at=then)
    for order in orders:
        add_person(enrolment=made, name=NAMES[order], identity_number=resident_id(order=order), by=BY, at=then)
    submit_enrolment(enrolment=made, by=BY, at=then)
    accept_enrolment(enrolment=made, by=BY, at=then)
    begin_covers(enrolment=made, paid_on=then.date(), by=BY, at=then)


@pytest.fixture
def now(web: Web, monkeypatch: pytest.MonkeyPatch) -> road.Clock:
    """The pages' clock runs with the simulator's."""
    found = road.Clock()
    monkeypatch.setattr(clock, "now", found)
    return found


@pytest.fixture
def walked(
    web: Web, now: road.Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[road.Road, road.Year]]:
    """The site, the channel, and what was before the season."""
    year = road.Year(now().date())
    of = road.plan(web, year)
    employers_scene.fund(web)
    with_password(web, "clerk")
    covered(web.people.mill, of, road.BEFORE, now)
    covered(web.people.yard, of, (road.ELSEWHERE,), now)
    road.retired(web, 24, now().date() - 30 * road.DAY, now())
    aside = road.Aside()
    with served() as site, playwright.sync_playwright() as started:
        channel = Simulator.start(tmp_path / "channel", f"{site}/channels/neutral/notifications")
        monkeypatch.setenv("MUTUALAID_CHANNELS", channel.channels)
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield road.Road(web, browser, site, tmp_path, now, aside), year
        browser.close()
        channel.stop()
        aside.close()


def test_from_the_template_to_the_certificate_and_the_next_year(
    walked: tuple[road.Road, road.Year], tmp_path: Path
) -> None:
    way, year = walked
    clerk = way.visit("clerk")
    way.sign_in(clerk)
    way.begin(clerk, year)
    roster = tmp_path / "职工名单.xlsx"
    road.filled(way.saved(clerk, "下载模板", "模板.xlsx"), roster)
    way.bring(clerk, roster)
    way.confirm_columns(clerk)
    way.see_faults(clerk)
    way.mend_at_once(clerk)
    way.correct(clerk)
    way.see_what_changes(clerk)
    way.take(clerk)
    way.hand_in(clerk)
    way.take_back(clerk)
    way.hand_in(clerk)
    officer = way.staff("enrolment_clerk")
    way.accept(officer)
    way.take_back(clerk)
    way.hand_in(clerk)
    way.accept(officer)
    way.find_bill(clerk)
    way.match_part(way.staff("finance"))
    way.pay_rest_online(clerk)
    way.see_paid(clerk)
    paid = way.aside(lambda: list(Payment.objects.order_by("id").values_list("amount", flat=True)))
    assert [str(one) for one in paid] == ["300.00", "600.00"]
    assert way.aside(lambda: Cover.objects.filter(state="begun", from_on=year.from_on).count()) == 8
    # The term has begun: somebody leaves, somebody comes late.
    way.clock.to(year.late_on())
    way.sign_in(clerk)
    way.report_leaver(clerk, 22, year.late_on())
    way.add_newcomer(clerk)
    way.hand_in(clerk)
    way.accept(way.staff("enrolment_clerk"))
    assert way.aside(lambda: [one.persons for one in Bill.objects.filter(state="issued")]) == [1]
    # A year later.
    way.clock.to(year.today.replace(year=year.today.year + 1))
    way.sign_in(clerk)
    way.renew(clerk)
    way.close()
