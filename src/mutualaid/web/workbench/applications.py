"""管理端: Applications of employers and the forms of their clerks: looked at, returned, approved, refused."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
