"""All addresses: each portal under its own name. The demonstration has addresses in demo mode only."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from mutualaid.web.common import faults

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("mutualaid.web.common.urls")),
    path("members/", include("mutualaid.web.members.urls")),
    path("employers/", include("mutualaid.web.employers.urls")),
    path("workbench/", include("mutualaid.web.workbench.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("mutualaid.web.demo.urls")))

handler400, handler403, handler404 = faults.bad_request, faults.forbidden, faults.not_found
handler500 = faults.broken
