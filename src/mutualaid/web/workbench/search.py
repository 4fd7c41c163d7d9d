"""管理端: One search box for persons, units and numbers."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
