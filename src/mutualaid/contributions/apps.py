"""互助费 as an application of Django's."""

from django.apps import AppConfig


class ContributionsConfig(AppConfig):
    """See the package."""

    name = "mutualaid.contributions"
    label = "contributions"
    verbose_name = "互助费"

    def ready(self) -> None:
        """The search box finds the numbers of this domain."""
        from mutualaid.contributions.finding import find_bills
        from mutualaid.people.search import register_finder

        register_finder(find_bills)
