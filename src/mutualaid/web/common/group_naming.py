"""Who was on duty when something happened, named for a place without a name: by the station's clerk, or at the counter."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from mutualaid.core import papers
from mutualaid.enrolment.actions.groups import PersonFaulty, name_person
from mutualaid.enrolment.models import GroupCover
from mutualaid.people.contacts import NotAContact
from mutualaid.people.names import NotAName
from mutualaid.people.refusals import Refused
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.paper_fields import CountField, PaperField
from mutualaid.web.common.requests import Request

SCANS = (papers.PDF, papers.JPEG, papers.PNG)


class PersonForm(forms.Form):
    """Who was on duty when it happened, and what shows it."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=50)
    identity_number = forms.CharField(
        label=gettext_lazy("身份证号码"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("手机号码"),
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    happened_on = forms.DateField(label=gettext_lazy("事发日期"), widget=forms.DateInput(attrs={"type": "date"}))
    on_duty = CountField(label=gettext_lazy("当日在岗人数"), help_text=gettext_lazy("按值班表，不能超过名额"))
    evidence = PaperField(
        label=gettext_lazy("当日值班表"), help_text=gettext_lazy("盖章的扫描件或照片，PDF、JPG 或 PNG")
    )


def named(request: Request, group: GroupCover, form: PersonForm) -> bool:
    """The person is named with the duty list; a refusal stands in the form, at the fields that it names."""
    told = form.cleaned_data
    brought = told["evidence"]
    content = brought.read()
    try:
        evidence = papers.store(
            content=content,
            name=brought.name or "duty",
            kind="duty_list",
            media_type=found if (found := papers.type_of(content)) in SCANS else papers.PDF,
            unit_path=group.enrolment.employer.unit.path,
            by=request.actor,
            at=request.at,
        )
        name_person(
            group=group,
            name=told["name"],
            identity_number=told["identity_number"],
            phone=told["phone"],
            happened_on=told["happened_on"],
            on_duty=told["on_duty"],
            evidence=evidence,
            by=request.actor,
            at=request.at,
        )
    except PersonFaulty as faulty:
        for fault in faulty.faults:
            field = fault["field"] if fault["field"] in form.fields else None
            form.add_error(field, said(fault["zh"], fault["en"]))
    except (Refused, NotAContact, NotAName, papers.BadFile) as refusal:
        form.add_error(None, said_by(refusal))
    return not form.errors
