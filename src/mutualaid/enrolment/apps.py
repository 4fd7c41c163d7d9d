"""参保 as an application of Django's."""

from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    """See the package."""

    name = "mutualaid.enrolment"
    label = "enrolment"
    verbose_name = "参保"

    def ready(self) -> None:
        """The search box finds the numbers of this domain."""
        from mutualaid.enrolment.finding import find_covers, find_enrolments
        from mutualaid.people.search import register_finder

        register_finder(find_covers)
        register_finder(find_enrolments)
