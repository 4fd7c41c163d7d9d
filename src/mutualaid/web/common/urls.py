"""Pages that all portals share."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, register_converter

from mutualaid.web.common import (
    certificates,
    front,
    offline,
    own_account,
    preferences,
    proofs,
    receipts,
    saved_filters,
    serving,
    sign_in,
)
from mutualaid.web.common.portals import PortalConverter

register_converter(PortalConverter, "portal")

app_name = "common"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", front.front, name="front"),
    path("<portal:portal>/sign-in", sign_in.sign_in_page, name="sign_in"),
    path("<portal:portal>/password", own_account.password, name="password"),
    path("workbench/second-factor", sign_in.second_factor, name="second_factor"),
    path("employers/account", own_account.account, name="account"),
    path("members/activation", own_account.activation, name="activation"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("files/<uuid:key>", serving.file, name="file"),
    path("jobs/<uuid:key>", serving.job, name="job"),
    path("jobs/<uuid:key>/cancellation", serving.cancellation, name="job_cancellation"),
    path("receipts", receipts.receipt_check, name="receipt_check"),
    path("receipts/<str:code>", receipts.receipt, name="receipt"),
    path("certificates", certificates.certificate_check, name="certificate_check"),
    path("certificates/<str:number>/<str:code>", certificates.certificate, name="certificate"),
    path("proofs", proofs.proofs, name="proofs"),
    path("proofs/key.pem", proofs.key, name="proof_key"),
    path("proofs/heads.json", proofs.heads, name="proof_heads"),
    path("language", preferences.language, name="language"),
    path("reading", preferences.reading, name="reading"),
    path("filters", saved_filters.keep_filter, name="filters"),
    path("sw.js", offline.worker, name="worker"),
    path("offline", offline.offline, name="offline"),
]
