"""All addresses: each portal under its own name. The demonstration has addresses in demo mode only."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("mutualaid.web.common.urls")),
    path("members/", include("mutualaid.web.members.urls")),
    path("employers/", include("mutualaid.web.employers.urls")),
    path("workbench/", include("mutualaid.web.workbench.urls")),
    path("", include("mutualaid.web.api.urls")),
]
handler400 = "mutualaid.web.common.faults.bad_request"
handler403 = "mutualaid.web.common.faults.forbidden"
handler404 = "mutualaid.web.common.faults.not_found"
handler500 = "mutualaid.web.common.faults.server_error"
if settings.DEMO:
    urlpatterns.append(path("demo/", include("mutualaid.web.demo.urls")))
