"""支付 as an application of Django's."""

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    """See the package."""

    name = "mutualaid.payouts"
    label = "payouts"
    verbose_name = "支付"

    def ready(self) -> None:
        """The search box finds the numbers of this domain."""
        from mutualaid.payouts.finding import find_payouts
        from mutualaid.people.search import register_finder

        register_finder(find_payouts)
