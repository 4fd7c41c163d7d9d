"""管理端: The tree of unions."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
