"""互助费 as an application of Django's."""

from django.apps import AppConfig


class ContributionsConfig(AppConfig):
    """See the package."""

    name = "mutualaid.contributions"
    label = "contributions"
    verbose_name = "互助费"
