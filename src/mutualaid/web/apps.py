"""网页 as an application of Django's."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """See the package."""

    name = "mutualaid.web"
    label = "web"
    verbose_name = "网页"
