"""会员端: the addresses of its pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from mutualaid.web.members import (
    claim_pages,
    claim_progress,
    claim_writing,
    claims,
    consents,
    covers,
    helping,
    home,
    notices,
    on_paper,
    profile,
)

app_name = "members"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("welcome", home.welcome, name="welcome"),
    path("covers", covers.covers, name="covers"),
    path("covers/<str:number>", covers.cover, name="cover"),
    path("covers/<str:number>/certificate", covers.certificate, name="certificate"),
    path("plans/<str:plan>", covers.plan, name="plan"),
    path("claims", claims.claims, name="claims"),
    path("claims/new", claims.claim_new, name="claim_new"),
    path("claims/on-paper", on_paper.on_paper, name="on_paper"),
    path("claims/<str:number>", claim_progress.claim, name="claim"),
    path("claims/<str:number>/event", claim_writing.claim_event, name="claim_event"),
    path("claims/<str:number>/visit", claim_writing.claim_visit, name="claim_visit"),
    path("claims/<str:number>/costs", claim_writing.claim_costs, name="claim_costs"),
    path("claims/<str:number>/papers", claim_writing.claim_papers, name="claim_papers"),
    path("claims/<str:number>/papers/<slug:word>/pages", claim_pages.claim_paper_new, name="claim_paper_new"),
    path("claims/<str:number>/papers/<uuid:key>", claim_pages.claim_paper, name="claim_paper"),
    path("claims/<str:number>/papers/<uuid:key>/removal", claim_pages.claim_paper_removal, name="claim_paper_removal"),
    path("claims/<str:number>/account", claim_writing.claim_account, name="claim_account"),
    path("claims/<str:number>/check", claim_writing.claim_check, name="claim_check"),
    path("claims/<str:number>/withdrawal", claim_progress.claim_withdrawal, name="claim_withdrawal"),
    path("claims/<str:number>/review", claim_progress.claim_review, name="claim_review"),
    path("claims/<str:number>/payee", claim_progress.claim_payee, name="claim_payee"),
    path("claims/<str:number>/application", claim_progress.claim_application, name="claim_application"),
    path("claims/<str:number>/letter", claim_progress.claim_letter, name="claim_letter"),
    path("notices", notices.notices, name="notices"),
    path("notices/reading", notices.notices_reading, name="notices_reading"),
    path("notices/<uuid:key>", notices.notice, name="notice"),
    path("profile", profile.profile, name="profile"),
    path("profile/contact", profile.contact, name="contact"),
    path("profile/bank-card", profile.bank_card, name="bank_card"),
    path("profile/bank-card/removal", profile.bank_card_removal, name="bank_card_removal"),
    path("profile/consents", consents.consents, name="consents"),
    path("profile/consents/<str:purpose>", consents.consent, name="consent"),
    path("profile/record", profile.record, name="record"),
    path("help", helping.help_page, name="help"),
]
