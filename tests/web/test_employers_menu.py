"""单位端's side menu: on every page one entry says where one is."""

from __future__ import annotations

from django.urls import reverse

from mutualaid.web.common.navigation import address, portal_named
from tests.web import house_rules as rules
from tests.web import pages_employers
from tests.web.cast import Web

ALONE = {
    *("choice", "employer", "application", "application_new", "registration_form", "authorisation_form"),
    *("notices", "notice", "account"),
}
"""Pages of no entry: of an employer as such, and of the visitor."""


def test_every_page_belongs_to_an_entry() -> None:
    portal = portal_named("employers")
    assert portal is not None
    also = {name for entry in portal.entries for name in entry.also}
    names = {view.name: view.parts for view in rules.views() if view.name.startswith("employers:")}
    assert also - set(names) == set(), "an entry names a page that is not there"
    below = [address(entry.url) for entry in portal.entries if entry.url != portal.home]
    lost = []
    for name, parts in names.items():
        told = {part: "00000000-0000-0000-0000-000000000000" if part == "key" else "X1" for part in parts}
        url = reverse(name, kwargs=told)
        if name not in also and not any(url == one or url.startswith(one + "/") for one in below):
            lost.append(name.removeprefix("employers:"))
    assert set(lost) - ALONE - {"home"} == set()


def test_an_order_stands_among_the_bills(web: Web) -> None:
    page = web.client("clerk").get(pages_employers.of_order(web)).content.decode()
    bills = reverse("employers:bills")
    assert f'<a href="{bills}" aria-current="page">' in page
    assert page.count(f'href="{reverse("employers:home")}" aria-current') == 0
