"""参保 as an application of Django's."""

from django.apps import AppConfig


class EnrolmentConfig(AppConfig):
    """See the package."""

    name = "mutualaid.enrolment"
    label = "enrolment"
    verbose_name = "参保"
