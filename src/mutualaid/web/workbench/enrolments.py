"""管理端: Rosters that wait to be accepted, covers, and how the office takes rosters."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
