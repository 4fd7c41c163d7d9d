"""管理端 as an application of Django's."""

from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    """See the package."""

    name = "mutualaid.web.workbench"
    label = "workbench"
    verbose_name = "管理端"
