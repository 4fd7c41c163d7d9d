"""The product's addresses as they are in the demonstration."""

from __future__ import annotations

from django.urls import include, path

from mutualaid.web import urls

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
urlpatterns = [*urls.urlpatterns, path("demo/", include("mutualaid.web.demo.urls"))]
