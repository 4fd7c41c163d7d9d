"""会员端 as an application of Django's."""

from django.apps import AppConfig


class MembersConfig(AppConfig):
    """See the package."""

    name = "mutualaid.web.members"
    label = "members"
    verbose_name = "会员端"

    def ready(self) -> None:
        """Tell the shell of pages what this end has."""
        # What it asks of other applications is there only once they are ready.
        from mutualaid.web.members import nav

        nav.enter()
