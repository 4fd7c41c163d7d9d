"""管理端: A plan tried on cases, with the working."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
