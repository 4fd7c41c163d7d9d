"""The form of who a member really is, with a photo of the document: of a member, a clerk and the office alike."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mutualaid.core.papers import BadFile
from mutualaid.enrolment.actions.correcting import REASON_LEAST, REASON_MOST, Photo, Said
from mutualaid.people.identity import IdentityKind, NotAnIdentity, Sex
from mutualaid.people.names import NotAName
from mutualaid.people.refusals import Refused
from mutualaid.web.common.rendering import DayField

REFUSALS = (Refused, NotAnIdentity, NotAName, BadFile)
"""What the actions of corrections raise for what a person can mend."""
KINDS = {
    IdentityKind.RESIDENT: gettext_lazy("居民身份证"),
    IdentityKind.HKMT_RESIDENCE: gettext_lazy("港澳台居民居住证"),
    IdentityKind.FOREIGN_RESIDENCE: gettext_lazy("外国人永久居留身份证"),
    IdentityKind.PASSPORT: gettext_lazy("护照"),
}
SEXES = {Sex.FEMALE: gettext_lazy("女"), Sex.MALE: gettext_lazy("男")}
BYTES_MOST = 10 * 2**20


class Identity(forms.Form):
    """Who a member really is."""

    identity_kind = forms.ChoiceField(label=gettext_lazy("证件种类"), choices=[(k.value, v) for k, v in KINDS.items()])
    identity_number = forms.CharField(
        label=gettext_lazy("证件号码"),
        help_text=gettext_lazy("对照证件原件填写完整号码"),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=50)
    sex = forms.ChoiceField(
        label=gettext_lazy("性别"),
        required=False,
        choices=[("", gettext_lazy("由证件号码得出")), *((k.value, v) for k, v in SEXES.items())],
        help_text=gettext_lazy("护照等号码不含性别的证件才需填写"),
    )
    birth_date = DayField(
        label=gettext_lazy("出生日期"), required=False, help_text=gettext_lazy("号码不含完整出生日期的证件才需填写")
    )

    def said(self) -> Said:
        """What was typed, for the actions."""
        given = self.cleaned_data
        sex = Sex(given["sex"]) if given["sex"] else None
        kind = IdentityKind(given["identity_kind"])
        return Said(kind, given["identity_number"], given["name"], sex, given["birth_date"])


class CorrectionAsked(Identity):
    """The same with the reason and the document."""

    reason = forms.CharField(
        label=gettext_lazy("更正原因"),
        help_text=gettext_lazy("例如“登记时录入错误，已核对身份证原件”"),
        min_length=REASON_LEAST,
        max_length=REASON_MOST,
    )
    file = forms.FileField(
        label=gettext_lazy("证件照片"),
        help_text=gettext_lazy("有姓名和号码的一面，四角完整、文字清楚；JPG、PNG 或 PDF，最大 10 MB"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,application/pdf"}),
    )

    def clean_file(self) -> Any:
        """Raises ValidationError for one that is too long."""
        found = self.cleaned_data["file"]
        if found.size > BYTES_MOST:
            raise forms.ValidationError(_("文件最大 10 MB；请重新拍照或压缩后再上传"))
        return found

    def photo(self) -> Photo:
        """The document."""
        found = self.cleaned_data["file"]
        return Photo(found.name, found.read())
