"""网页公共部分 as an application of Django's."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """See the package."""

    name = "mutualaid.web.common"
    label = "common"
    verbose_name = "网页公共部分"
