"""管理端: the addresses of its pages, each module's own list."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from mutualaid.web.workbench import (
    applications,
    audit,
    bank,
    bills,
    claim_acts,
    claim_page,
    claims,
    clients,
    enrolments,
    follow_ups,
    home,
    ledger,
    notices,
    orders,
    people,
    plans,
    reports,
    review_rules,
    reviews,
    search,
    simulations,
    staff,
    trials,
    units,
    words,
)

app_name = "workbench"
urlpatterns: list[URLPattern | URLResolver] = [
    *home.urlpatterns,
    *search.urlpatterns,
    *notices.urlpatterns,
    *applications.urlpatterns,
    *people.urlpatterns,
    *enrolments.urlpatterns,
    *claims.urlpatterns,
    *claim_page.urlpatterns,
    *claim_acts.urlpatterns,
    *reviews.urlpatterns,
    *follow_ups.urlpatterns,
    *review_rules.urlpatterns,
    *bills.urlpatterns,
    *bank.urlpatterns,
    *orders.urlpatterns,
    *ledger.urlpatterns,
    *reports.urlpatterns,
    *plans.urlpatterns,
    *trials.urlpatterns,
    *simulations.urlpatterns,
    *words.urlpatterns,
    *staff.urlpatterns,
    *units.urlpatterns,
    *audit.urlpatterns,
    *clients.urlpatterns,
]
