"""接口 as an application of Django's."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """See the package."""

    name = "mutualaid.web.api"
    label = "api"
    verbose_name = "接口"
