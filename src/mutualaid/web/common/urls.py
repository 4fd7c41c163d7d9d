"""Pages that all portals share."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "common"
urlpatterns: list[URLPattern | URLResolver] = []
