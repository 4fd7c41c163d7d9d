"""会员端: the addresses of its pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from mutualaid.web.members import claims, consents, covers, helping, home, notices, profile

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
