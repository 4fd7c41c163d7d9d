"""接口: the addresses for machines."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from mutualaid.web.api import channels
from mutualaid.web.api.service import documentation, nothing_here, openapi, patterns, surrounded

app_name = "api"
_version: list[URLPattern | URLResolver] = [
    path("openapi.json", openapi, name="openapi"),
    path("docs", documentation, name="docs"),
    *patterns(),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("channels/<slug:channel>/notifications", channels.notifications, name="notifications"),
    path("channels/<slug:channel>/return", channels.returned, name="channel_return"),
    path("api/v1/", include(_version)),
    re_path(r"^api/(?P<rest>.*)$", surrounded(nothing_here), name="nothing"),
]
nothing_here.csrf_exempt = True  # type: ignore[attr-defined]
