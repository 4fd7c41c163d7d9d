"""单位端 as an application of Django's."""

from django.apps import AppConfig


class EmployersConfig(AppConfig):
    """See the package."""

    name = "mutualaid.web.employers"
    label = "employers"
    verbose_name = "单位端"

    def ready(self) -> None:
        """Tell the shell what this portal has."""
        from mutualaid.web.employers.nav import register_portal

        register_portal()
