"""The demonstration: the addresses of its pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from mutualaid.web.demo import views

app_name = "demo"
urlpatterns: list[URLPattern | URLResolver] = [path("", views.first, name="first")]
