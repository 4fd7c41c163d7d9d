"""单位端: the addresses of its pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from mutualaid.web.employers import (
    applications,
    bills,
    claims,
    clerks,
    enrolments,
    home,
    notices,
    plans,
    rosters,
    staff,
)

app_name = "employers"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("choice", home.choice, name="choice"),
    path("units/<str:code>", home.employer_page, name="employer"),
    path("applications/new", applications.application_new, name="application_new"),
    path("applications/<str:number>", applications.application, name="application"),
    path("forms/registration", applications.registration_form, name="registration_form"),
    path("forms/authorisation", applications.authorisation_form, name="authorisation_form"),
    path("clerks", clerks.clerks, name="clerks"),
    path("clerks/joining", clerks.joining, name="joining"),
    path("units/<str:code>/clerks/new", clerks.clerk_new, name="clerk_new"),
    path("plans", plans.plans, name="plans"),
    path("plans/<str:number>", plans.plan, name="plan"),
    path("enrolments", enrolments.enrolments, name="enrolments"),
    path("enrolments/export", enrolments.enrolments_export, name="enrolments_export"),
    path("enrolments/new", enrolments.enrolment_new, name="enrolment_new"),
    path("enrolments/<str:number>", enrolments.enrolment, name="enrolment"),
    path("enrolments/<str:number>/template", enrolments.template, name="template"),
    path("enrolments/<str:number>/headcount", enrolments.headcount, name="headcount"),
    path("enrolments/<str:number>/uploads", rosters.uploads, name="uploads"),
    path("enrolments/<str:number>/uploads/<uuid:key>", rosters.upload, name="upload"),
    path("enrolments/<str:number>/uploads/<uuid:key>/faults", rosters.faults, name="faults"),
    path("enrolments/<str:number>/rows", rosters.rows, name="rows"),
    path("enrolments/<str:number>/rows/new", rosters.row_new, name="row_new"),
    path("enrolments/<str:number>/submission", enrolments.submission, name="submission"),
    path("enrolments/<str:number>/cancellation", enrolments.cancellation, name="cancellation"),
    path("bills", bills.bills, name="bills"),
    path("bills/export", bills.bills_export, name="bills_export"),
    path("bills/<str:number>", bills.bill, name="bill"),
    path("bills/<str:number>/orders", bills.orders, name="orders"),
    path("bills/<str:number>/receipt", bills.receipt, name="receipt"),
    path("orders/<str:number>", bills.order, name="order"),
    path("covers", staff.covers_here, name="covers_here"),
    path("covers/<str:number>/certificate", staff.certificate, name="certificate"),
    path("units/<str:code>/covers", staff.covers, name="covers"),
    path("units/<str:code>/covers/export", staff.covers_export, name="covers_export"),
    path("activations", staff.activations_here, name="activations_here"),
    path("units/<str:code>/activations", staff.activations, name="activations"),
    *claims.urlpatterns,
    path("notices", notices.notices, name="notices"),
    path("notices/<uuid:key>", notices.notice, name="notice"),
    path("settings", notices.account, name="account"),
    path("help", notices.help_page, name="help"),
]
