"""管理端: Orders at online channels: those that are not clear."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
