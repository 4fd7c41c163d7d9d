"""管理端: The books: trial balance, journal, entries."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
