"""理赔 as an application of Django's."""

from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    """See the package."""

    name = "mutualaid.claims"
    label = "claims"
    verbose_name = "理赔"

    def ready(self) -> None:
        """Its numbers can be searched for; payouts are told whom else to tell of money."""
        from mutualaid.claims.finding import find_claims
        from mutualaid.claims.telling import readers
        from mutualaid.payouts.telling import read_also_by
        from mutualaid.people.search import register_finder

        register_finder(find_claims)
        read_also_by(readers)
