"""计划 as an application of Django's."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """See the package."""

    name = "mutualaid.plans"
    label = "plans"
    verbose_name = "计划"
