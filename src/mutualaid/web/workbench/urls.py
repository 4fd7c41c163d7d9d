"""管理端: the addresses of its pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

app_name = "workbench"
urlpatterns: list[URLPattern | URLResolver] = []
