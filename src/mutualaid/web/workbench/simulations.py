"""管理端: A plan simulated on the data of a year."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
