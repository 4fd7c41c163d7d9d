"""Fields of forms that portals share: a scan that is brought, a number of persons."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

PAPERS = ".pdf,.jpg,.jpeg,.png"
PAPER_MOST = 10 * 2**20
_COUNT_MOST = 10_000_000


class PaperField(forms.FileField):
    """A scan: PDF, JPEG or PNG up to 10 MB."""

    widget = forms.FileInput
    max_size = PAPER_MOST

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": forms.FileInput(attrs={"accept": PAPERS}), **kwargs})

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Raises ValidationError for one that is too large."""
        found = super().clean(data, initial)
        if found is not None and getattr(found, "size", 0) > self.max_size:
            raise forms.ValidationError(_("每份材料最大 10 MB，请压缩后再上传"))
        return found


class CountField(forms.IntegerField):
    """How many persons."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.NumberInput(attrs={"inputmode": "numeric", "data-unit": "人", "autocomplete": "off"})
        super().__init__(**{"widget": widget, "min_value": 1, "max_value": _COUNT_MOST, **kwargs})
