"""通知 as an application of Django's."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """See the package."""

    name = "mutualaid.notices"
    label = "notices"
    verbose_name = "通知"
