"""管理端 as an application of Django's."""

from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    """See the package."""

    name = "mutualaid.web.workbench"
    label = "workbench"
    verbose_name = "管理端"

    def ready(self) -> None:
        """The portal becomes known."""
        from mutualaid.web.workbench.nav import register_portal

        register_portal()
