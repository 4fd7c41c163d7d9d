"""接管 as an application of Django's."""

from django.apps import AppConfig


class TakeoverConfig(AppConfig):
    """See the package."""

    name = "mutualaid.takeover"
    label = "takeover"
    verbose_name = "接管"
