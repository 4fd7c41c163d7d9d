"""管理端: the addresses of its pages, each module's own list."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

from mutualaid.web.workbench import (
    applications,
    audit,
    bank,
    bills,
    calls,
    clients,
    endpoints,
    enrolments,
    home,
    ledger,
    notices,
    orders,
    people,
    plans,
    reports,
    search,
    simulations,
    staff,
    takeover,
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
    *calls.urlpatterns,
    *enrolments.urlpatterns,
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
    *takeover.urlpatterns,
    *units.urlpatterns,
    *audit.urlpatterns,
    *clients.urlpatterns,
    *endpoints.urlpatterns,
]
