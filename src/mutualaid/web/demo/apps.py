"""演示 as an application of Django's."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """See the package."""

    name = "mutualaid.web.demo"
    label = "demo"
    verbose_name = "演示"
