"""管理端: Statements of the bank, their lines, and what they are matched to."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
