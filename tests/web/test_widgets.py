"""What is written without Django's templates is what those would give: widgets, texts, addresses; ``kept`` keeps by its key."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.forms import BoundField
from django.forms.renderers import DjangoTemplates
from django.template import Context, TemplateSyntaxError, engines
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse, set_script_prefix
from django.utils import translation
from django.utils.safestring import mark_safe

from mutualaid.core.settings import TEMPLATES
from mutualaid.web.common.rendering import DayField, Look, YuanField
from mutualaid.web.common.templatetags import quick
from mutualaid.web.common.widgets import written


class Everything(forms.Form):
    """Every widget that is written, and some that are not."""

    words = forms.CharField(max_length=30, required=False, widget=forms.TextInput(attrs={"placeholder": "<\"&'>"}))
    number = forms.IntegerField(min_value=1, required=False)
    mail = forms.EmailField(required=False)
    secret = forms.CharField(widget=forms.PasswordInput(render_value=True), required=False)
    unseen = forms.CharField(widget=forms.HiddenInput(), required=False)
    paper = forms.FileField(required=False)
    yes = forms.BooleanField(required=True)
    one = forms.ChoiceField(
        choices=[("", "全部"), ("a&b", mark_safe("<b>甲</b>")), ("c", "<乙>"), (3, Decimal("1.50"))]
    )
    grouped = forms.ChoiceField(choices=[("一<组>", [("x", "十"), ("y", "百")]), ("z", "千")], required=False)
    many = forms.MultipleChoiceField(choices=[("x", "十"), ("y", "百")], required=False)
    many_boxes = forms.MultipleChoiceField(choices=[("x", "十")], widget=forms.CheckboxSelectMultiple, required=False)
    radio = forms.ChoiceField(choices=[("x", "十")], widget=forms.RadioSelect, required=False)
    text = forms.CharField(widget=forms.Textarea, required=False)
    day = DayField(required=False)
    amount = YuanField(required=False)


ASKED = {
    "words": "<script>'\"&", "number": "x", "mail": "a@b", "secret": '"', "unseen": "<", "yes": "on", "one": "a&b",
    "grouped": "y", "many": ["x", "y"], "many_boxes": ["x"], "radio": "x", "text": "<", "day": "2026-01-02", "amount": "1,2",
}  # fmt: skip
FIRST = {"one": 3, "number": 1234567, "day": datetime.date(2026, 1, 2), "amount": Decimal("1234.50"), "yes": True}


def of(field: BoundField) -> str:
    """Its HTML, but for empty lines."""
    return re.sub(r"\s*\n\s*", "\n", str(field))


@pytest.mark.parametrize("given", [{}, {"data": ASKED}, {"initial": FIRST}, {"data": {"one": "no such"}}])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_widgets_are_what_the_templates_give(given: dict[str, Any], language: str) -> None:
    with translation.override(language):
        ours, theirs = Everything(**given, renderer=Look()), Everything(**given, renderer=DjangoTemplates())
        for field in ours:
            assert of(field) == of(theirs[field.name]), field.name


def test_a_widget_with_a_template_of_its_own_keeps_it() -> None:
    widget = forms.Select(choices=[("x", "十")])
    widget.option_template_name = "django/forms/widgets/radio_option.html"
    context = widget.get_context("one", "x", {})
    assert written(widget.template_name, context) is None
    assert written("django/forms/widgets/textarea.html", context) is None
    assert written("django/forms/widgets/input.html", {}) is None


# -- texts, addresses, what is kept ----------------------------------------------------------------------------------------


def shown(text: str, language: str = "zh-hans", **context: Any) -> str:
    """A piece of template, in a language."""
    with translation.override(language):
        return engines["django"].from_string("{% load i18n static %}" + text).render(context, RequestFactory().get("/"))


def test_a_text_is_in_the_language_of_each_page() -> None:
    told = engines["django"].from_string(
        '{% load i18n %}{% translate "帮助" %}{% translate "帮助" as told %}|{{ told }}'
    )
    for _ in range(2):
        for language, text in (("zh-hans", "帮助"), ("en", "Help")):
            with translation.override(language):
                assert told.render({}) == f"{text}|{text}"
    assert shown('{% translate "100% <b>" %}') == "100% <b>"
    assert shown("{% translate said %}", said="<帮助>") == "&lt;帮助&gt;"
    assert shown('{% translate "帮助"|upper %}|{% trans "帮助" noop %}', "en") == "HELP|帮助"
    with pytest.raises(TemplateSyntaxError):
        shown('{% language "en" %}{% endlanguage %}')


def test_an_address_is_that_of_the_page_and_its_arguments() -> None:
    given = {"one": "L00000017", "name": "members:claims"}
    text = "{% url 'members:claim' one %} {% url name %} {% url 'members:claim' number=one as told %}{{ told }}"
    for _ in range(2):
        assert shown(text, **given).split() == [
            reverse("members:claim", args=["L00000017"]),
            "/members/claims",
            reverse("members:claim", args=["L00000017"]),
        ]
        assert shown("{% url 'members:claim' one %}", one="L00000018") == reverse("members:claim", args=["L00000018"])
    with pytest.raises(NoReverseMatch):
        shown("{% url 'members:no_such' %}")
    assert shown("{% url 'members:no_such' as told %}[{{ told }}]") == "[]"
    try:
        set_script_prefix("/below/")
        assert shown("{% url name %}", name="members:claims") == "/below/members/claims"
    finally:
        set_script_prefix("/")


def test_what_is_kept_is_kept_by_its_key_and_language() -> None:
    piece = engines["django"].from_string('{% load i18n %}{% kept key %}{{ word }} {% translate "帮助" %}{% endkept %}')

    def of(key: Any, word: str, language: str = "zh-hans") -> str:
        with translation.override(language):
            return str(piece.render({"key": key, "word": word}))

    assert of(("a", 1), "<一>") == "&lt;一&gt; 帮助"
    assert of(("a", 1), "二") == "&lt;一&gt; 帮助"
    assert of(("a", 2), "二") == "二 帮助"
    assert of(("a", 1), "三", "en") == "三 Help"
    for number in range(quick.KEPT):
        of(number, "四")
    assert of(("a", 1), "五") == "五 帮助"
    with pytest.raises(TemplateSyntaxError):
        shown("{% kept %}{% endkept %}")


def test_files_have_the_address_that_the_storage_gives() -> None:
    assert shown('{% static "common/app.js" %}') == "/static/common/app.js"
    assert shown('{% static "common/app.js" as told %}[{{ told }}]') == "[/static/common/app.js]"


def test_the_engine_is_djangos_with_our_libraries() -> None:
    backend: Any = engines["django"]
    engine = backend.engine
    assert engine.libraries["i18n"] == engine.libraries["static"] == quick.__name__
    assert [one["NAME"] for one in TEMPLATES] == ["django"]
    assert engine.from_string("{{ a }}").render(Context({"a": "<"})) == "&lt;"
