"""How forms look in all portals: ``FORM_RENDERER`` and the fields and inputs that pages share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.translation import get_language, gettext_lazy

from mutualaid.core import money
from mutualaid.web.common.widgets import written


class Look(TemplatesSetting):
    """``{{ form }}`` gives a summary of errors and every field with label, hint, error and unit."""

    form_template_name = "common/forms/form.html"
    field_template_name = "common/forms/field.html"

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        """A form, field or widget; common widgets without their templates."""
        return written(template_name, context) or super().render(template_name, context, request)


def said(refusal: Any) -> str:
    """What a refusal (an exception with ``zh`` and ``en``) says in the language of the page; anything else as text."""
    if get_language() == "en":
        return str(getattr(refusal, "en", refusal))
    return str(getattr(refusal, "zh", refusal))


class DayInput(forms.DateInput):
    """The browser's own calendar, which wants the ISO form whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day."""

    widget = DayInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"input_formats": ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"], **kwargs})


class YuanField(forms.CharField):
    """An amount as people type it (``core.money.parse``); its value is a Decimal of yuan, or None where it may be empty."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "data-unit": gettext_lazy("元")}
        super().__init__(**{"widget": forms.TextInput(attrs=attrs), "max_length": 40, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """What the input shows."""
        return money.shown(value) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Decimal | None:
        """The amount; raises ValidationError with what was expected."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return money.parse(text)
        except money.NotMoney as refusal:
            raise forms.ValidationError(said(refusal)) from refusal
