"""The engine of our templates: Django's, whose libraries ``i18n`` and ``static`` are those of ``templatetags.quick``."""

from __future__ import annotations

from typing import Any

from django.template.backends.django import DjangoTemplates

QUICK = "mutualaid.web.common.templatetags.quick"


class Templates(DjangoTemplates):
    """``{% load i18n static %}`` gives the same tags, which work out once what never changes in a process."""

    def get_templatetag_libraries(self, custom_libraries: dict[str, Any]) -> dict[str, Any]:
        """All libraries by name."""
        return {**super().get_templatetag_libraries(custom_libraries), "i18n": QUICK, "static": QUICK}
