"""People as an application of Django's."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """See the package."""

    name = "mutualaid.people"
    label = "people"
    verbose_name = "人员与单位"
