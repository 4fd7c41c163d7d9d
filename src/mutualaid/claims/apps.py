"""理赔 as an application of Django's."""

from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    """See the package."""

    name = "mutualaid.claims"
    label = "claims"
    verbose_name = "理赔"
