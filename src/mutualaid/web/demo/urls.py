"""The demonstration: the addresses of its pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from mutualaid.web.demo import views

app_name = "demo"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.first, name="first"),
    path("sign-ins/<str:key>", views.sign_in, name="sign_in"),
    path("samples/<str:name>", views.sample, name="sample"),
    path("phones", views.phones_seen, name="phones"),
    path("reports/<str:name>", views.report, name="report"),
]
