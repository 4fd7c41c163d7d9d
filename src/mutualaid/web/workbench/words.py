"""管理端: An office's own words."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
