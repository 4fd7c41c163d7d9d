"""The books as an application of Django's."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """See the package."""

    name = "mutualaid.ledger"
    label = "ledger"
    verbose_name = "账簿"
