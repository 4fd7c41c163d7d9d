"""会员端 as an application of Django's."""

from django.apps import AppConfig


class MembersConfig(AppConfig):
    """See the package."""

    name = "mutualaid.web.members"
    label = "members"
    verbose_name = "会员端"
