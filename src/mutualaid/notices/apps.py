"""通知 as an application of Django's."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """See the package."""

    name = "mutualaid.notices"
    label = "notices"
    verbose_name = "通知"

    def ready(self) -> None:
        """People, a layer below, tell their readers by our voice."""
        from mutualaid.notices.actions import notify
        from mutualaid.people.telling import speak_by

        speak_by(notify)
