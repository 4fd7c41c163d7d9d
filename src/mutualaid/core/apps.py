"""The core as an application of Django's: the tables of the audit trail."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """See the package."""

    name = "mutualaid.core"
    label = "core"
    verbose_name = "核心"
