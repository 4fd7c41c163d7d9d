"""Pages that all portals share."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from mutualaid.web.common import offline, preferences, saved_filters

app_name = "common"
urlpatterns: list[URLPattern | URLResolver] = [
    path("language", preferences.language, name="language"),
    path("reading", preferences.reading, name="reading"),
    path("filters", saved_filters.keep_filter, name="filters"),
    path("sw.js", offline.worker, name="worker"),
    path("offline", offline.offline, name="offline"),
]
