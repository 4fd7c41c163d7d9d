"""The log of proofs as an application of Django's."""

from django.apps import AppConfig


class ProofsConfig(AppConfig):
    """See the package."""

    name = "mutualaid.proofs"
    label = "proofs"
    verbose_name = "存证"

    def ready(self) -> None:
        """Declare the work."""
        from mutualaid.proofs import jobs  # noqa: F401
