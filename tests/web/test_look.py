"""The look of all portals: shells, components, forms, colours, error pages."""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.template import TemplateSyntaxError, engines
from django.test import RequestFactory, override_settings
from django.urls import Resolver404, resolve
from django.utils import timezone, translation

from mutualaid.core.places import PROJECT
from mutualaid.people import states as people_states
from mutualaid.web.common import faults, preferences
from mutualaid.web.common.confirming import confirmation
from mutualaid.web.common.icons import NoIcon, drawing
from mutualaid.web.common.parts import Step
from mutualaid.web.common.rendering import YuanField, said
from mutualaid.web.common.templatetags import look
from tests.web import style_page

WEB = PROJECT / "src" / "mutualaid" / "web"
TEMPLATES = sorted(WEB.rglob("templates/**/*.html"))


@pytest.fixture(autouse=True)
def _addresses() -> Any:
    with override_settings(ROOT_URLCONF="tests.web.style_page"):
        yield


def page(address: str, language: str = "zh-hans", **cookies: str) -> str:
    """What a page of the living style page shows."""
    request = RequestFactory().get(address)
    request.COOKIES.update(cookies)
    request.resolver_match = resolve(request.path)
    with translation.override(language):
        response: HttpResponse = request.resolver_match.func(request)
    return response.content.decode()


def rendered(text: str, query: str = "", **context: Any) -> str:
    """A piece of template."""
    return engines["django"].from_string(text).render(context, RequestFactory().get(f"/{query}"))


class Outline(HTMLParser):
    """Ids, labels' targets, inline code and unclosed elements of a page."""

    VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "path", "rect", "circle", "line"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.asked: list[str] = []
        self.inline: list[str] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.count: dict[str, int] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.count[tag] = self.count.get(tag, 0) + 1
        if told.get("id"):
            self.ids.append(str(told["id"]))
        self.asked += [str(told[name]) for name in ("for", "aria-describedby") if told.get(name)]
        self.inline += [name for name in told if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in told):
            self.inline.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


# --- shells -----------------------------------------------------------------------------------------------------------

BOTH = pytest.mark.parametrize("address", ["/style/member/", "/style/office/"])


@BOTH
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_is_whole_and_needs_nothing_inline(address: str, language: str) -> None:
    outline = Outline(page(address, language))
    assert outline.inline == []
    assert outline.faults == []
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert {part for asked in outline.asked for part in asked.split()} <= set(outline.ids)
    assert outline.count["h1"] == outline.count["main"] == 1


@BOTH
def test_the_entry_of_the_page_is_marked_and_no_other(address: str) -> None:
    html = page(f"{address}covers")
    marked = re.findall(r'<a[^>]*href="([^"?]+)"[^>]*aria-current="page"', html)
    assert set(marked) == {f"{address}covers"}


def test_the_office_shows_who_where_and_how_much_is_unread() -> None:
    html = page("/style/office/")
    for text in ("陈晓光", "滨海市总工会", "待办", "计划与资金", "退出登录", "姓名、拼音首字母"):
        assert text in html
    assert "不可见" not in html
    assert page("/style/office/", "en").count("Sign out") == 1


def test_a_page_of_no_portal_and_of_nobody_is_shown_too() -> None:
    for base in ("base_member", "base_office", "base_plain"):
        html = rendered(f'{{% extends "common/{base}.html" %}}{{% block content %}}你好{{% endblock %}}')
        assert "你好" in html
        assert "None" not in html
        assert "退出登录" not in html


def test_what_was_done_is_told_on_the_next_page() -> None:
    for base in ("base_member", "base_office", "base_plain"):
        told = [SimpleNamespace(level_tag="success"), SimpleNamespace(level_tag="error")]
        html = rendered(f'{{% extends "common/{base}.html" %}}', messages=told)
        assert html.count('class="note note-') == 2 + html.count("<noscript>")


def test_the_larger_type_is_kept_in_a_cookie_and_leads_back() -> None:
    assert 'data-weui-mode="care"' not in page("/style/member/")
    html = page("/style/member/", care="1")
    assert 'data-weui-mode="care"' in html
    assert 'class="care"' in html
    assert "标准版" in html
    response = preferences.reading(RequestFactory().post("/reading", {"care": "1", "next": "/members/?page=2"}))
    assert (response.status_code, response["Location"]) == (302, "/members/?page=2")
    assert response.cookies["care"].value == "1"


def asking_for(language: str, then: str) -> Any:
    """Somebody who is not signed in chooses a language."""
    request: Any = RequestFactory().post("/language", {"language": language, "next": then})
    request.standing = None
    return request


@pytest.mark.parametrize(
    "asked", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:x", ""]
)
def test_nobody_is_led_away(asked: str) -> None:
    response = preferences.language(asking_for("en", asked))
    assert response["Location"] == "/"


def test_a_language_that_we_do_not_speak_changes_nothing() -> None:
    response = preferences.language(asking_for("tlh", "/a"))
    assert response["Location"] == "/a"
    assert not response.cookies
    response = preferences.language(asking_for("en", "/a"))
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert preferences.language(RequestFactory().get("/language")).status_code == 405


# --- components -------------------------------------------------------------------------------------------------------


def test_every_icon_used_is_there() -> None:
    used = {
        name
        for path in [*TEMPLATES, *WEB.rglob("*.py")]
        for name in re.findall(r"""{%\s*icon\s+"([^"]+)\"""", path.read_text(encoding="utf-8"))
    }
    used |= {name for fault in faults.FAULTS.values() for name in [fault.icon]}
    assert len(used) > 20
    for name in used:
        assert drawing(name)
    with pytest.raises(NoIcon):
        drawing("../../package")


def test_an_icon_is_hidden_unless_it_says_something() -> None:
    assert 'aria-hidden="true"' in look.icon("home")
    assert 'aria-label="&lt;首页&gt;"' in look.icon("home", label="<首页>")
    with pytest.raises(TemplateSyntaxError):
        look.icon("home", "enormous")


def test_a_state_is_named_by_its_table_and_coloured_by_its_meaning() -> None:
    assert look.state("registered", "people.clerk") == '<span class="state state-wait">待审核</span>'
    with translation.override("en"):
        assert look.state("refused", "people.application") == '<span class="state state-bad">refused</span>'
    assert look.states_named("people.application") is people_states.APPLICATION
    with pytest.raises(TemplateSyntaxError):
        look.states_named("people.models")


def test_no_state_has_two_meanings() -> None:
    words = [word for meaning in look.MEANINGS.values() for word in meaning]
    assert len(words) == len(set(words))


def test_texts_of_people_are_escaped_everywhere() -> None:
    evil = "<script>"
    for text in (
        "{% badge evil %}",
        "{% note 'warn' evil %}{{ evil }}{% endnote %}",
        "{% panel evil hint=evil %}{{ evil }}{% endpanel %}",
        "{% figure evil evil evil evil %}",
        "{% nothing evil evil %}",
        "{% column evil unit=evil %}",
        "{% journey steps %}",
    ):
        html = rendered(text, evil=evil, steps=[Step(evil, evil, evil)])
        assert evil not in html
        assert "&lt;script&gt;" in html


def test_a_column_turns_the_order_and_keeps_the_rest_of_the_address() -> None:
    column = '{% column "应缴" sort="amount" amount=True unit="元" %}'
    assert 'href="?q=a&amp;sort=amount"' in rendered(column, "?q=a&page=3")
    up = rendered(column, "?sort=amount")
    assert 'aria-sort="ascending"' in up
    assert 'href="?sort=-amount"' in up
    assert 'aria-sort="descending"' in rendered(column, "?sort=-amount")
    assert "aria-sort" not in rendered('{% column "状态" %}')


def test_a_pager_keeps_what_is_asked() -> None:
    html = rendered("{% pager page %}", "?q=a&page=2", page=Paginator(range(100), 10).page(2))
    assert 'href="?q=a&amp;page=3"' in html
    assert "共 100 条，第 11–20 条" in html
    assert "<ul>" not in rendered("{% pager page %}", page=Paginator(range(3), 10).page(1))


def test_a_job_is_asked_for_until_it_ends() -> None:
    job = {"key": "k", "done": 1, "total": 0, "fault_zh": "", "fault_en": ""}
    going = rendered('{% job row "/x" %}', row=SimpleNamespace(**job, state="running"))
    assert 'hx-get="/x"' in going
    assert 'value="' not in going  # nothing to count to: the bar says so
    done = rendered('{% job row "/x" after="/y" %}', row=SimpleNamespace(**job, state="done"))
    assert "hx-get" not in done
    assert 'data-go="/y"' in done


def test_steps_say_what_they_are_without_colour() -> None:
    html = rendered("{% journey steps %}", steps=[Step("甲", state="done"), Step("乙", state="now"), Step("丙")])
    assert re.findall("（(已完成|进行中|接下来)）", html) == ["已完成", "进行中", "接下来"]
    with pytest.raises(ValueError, match="expected one of"):
        Step("甲", state="later")


def test_facts_are_written_as_people_write_them() -> None:
    assert rendered(
        "{{ a|yuan }} {{ a|capitals }} {{ n|yuan }} {{ c|whole }}", a=Decimal("1409.5"), n=None, c=12345
    ) == ("1,409.50 人民币壹仟肆佰零玖元伍角 — 12,345")
    assert rendered("{{ i|identity_masked }} {{ p|phone_masked }}", i="11010119900307721X", p="13812341234") == (
        "110101********721X 138****1234"
    )
    moment = datetime.datetime(2026, 11, 21, 17, 30, tzinfo=datetime.UTC)  # already the 22nd here
    assert (
        rendered("{{ m|day }} {{ m|iso_day }} {{ m|moment }}", m=moment) == "2026年11月22日 2026-11-22 2026-11-22 01:30"
    )
    with translation.override("en"):
        assert rendered("{{ d|day }}", d=timezone.localtime(moment).date()) == "22 Nov 2026"


# --- forms ------------------------------------------------------------------------------------------------------------


def test_a_form_says_what_is_wrong_above_and_beside_the_field() -> None:
    html = str(style_page.context()["form"])
    assert "请改正 2 处后再提交" in html
    assert html.count('aria-invalid="true"') == 2
    assert '<a href="#id_premium">' in html
    assert 'aria-describedby="id_premium_helptext id_premium_error"' in html
    assert 'value="八十"' in html  # what was typed stays
    assert html.count("entry-suffix") == 2


def test_an_amount_is_read_as_people_type_it() -> None:
    field = YuanField()
    assert field.clean("１，２３４.5元") == Decimal("1234.50")
    assert YuanField(required=False).clean("") is None
    assert field.prepare_value(Decimal("1234.5")) == "1,234.50"


def test_a_refusal_speaks_the_language_of_the_page() -> None:
    refusal = SimpleNamespace(zh="不行", en="no")
    assert said(refusal) == "不行"
    with translation.override("en"):
        assert said(refusal) == "no"
    assert said("text") == "text"


def test_before_what_cannot_be_undone_a_page_asks() -> None:
    response = confirmation(
        RequestFactory().get("/x"),
        base="common/base_office.html",
        question="撤销这份名册？",
        action="撤销",
        back="/rosters",
        facts=[("编号", "R2026-00001")],
        warning="撤销后不能恢复",
        danger=True,
    )
    html = response.content.decode()
    for text in ("撤销这份名册？", "R2026-00001", "撤销后不能恢复", "button-bad", 'href="/rosters"', 'method="post"'):
        assert text in html


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(faults.FAULTS))
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_fault_has_a_page_that_asks_no_database(kind: str, language: str) -> None:
    with translation.override(language):
        response = faults.fault_page(RequestFactory().get("/x?a=1"), kind)
        html = response.content.decode()
        assert str(faults.FAULTS[kind].title) in html
    assert response.status_code == faults.FAULTS[kind].status
    assert response["Cache-Control"] == "no-store"
    assert Outline(html).inline == []
    if language == "en":
        assert re.findall("[\u4e00-\u9fff]+", re.sub(r"<form.*?</form>", "", html, flags=re.DOTALL)) == []


@pytest.mark.parametrize(
    ("handler", "status"),
    [
        (lambda request: faults.bad_request(request, ValueError()), 400),
        (lambda request: faults.forbidden(request, PermissionDenied()), 403),
        (lambda request: faults.csrf_failure(request, "no cookie"), 403),
        (lambda request: faults.not_found(request, Http404()), 404),
        (faults.server_error, 500),
    ],
)
def test_the_handlers_answer(handler: Callable[[Any], HttpResponse], status: int) -> None:
    assert handler(RequestFactory().get("/x")).status_code == status


def test_the_last_page_there_is_does_not_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "fault_page", lambda *_: 1 / 0)
    response = faults.server_error(RequestFactory().get("/"))
    assert (response.status_code, "系统出了故障" in response.content.decode()) == (500, True)


def test_a_bare_error_gets_its_page_and_others_are_left_alone() -> None:
    request = RequestFactory().get("/x")
    dressed = faults.dressed(request, HttpResponseNotAllowed(["POST"]))
    assert dressed["Allow"] == "POST"
    assert "不能这样打开此地址" in dressed.content.decode()
    for other in (
        HttpResponse(),
        HttpResponse("own words", status=409),
        HttpResponse(status=409, content_type="text/csv"),
    ):
        assert faults.dressed(request, other) is other
    page_of_ours = faults.fault_page(request, "conflict")
    assert faults.dressed(request, page_of_ours) is page_of_ours


def test_the_service_worker_keeps_no_page_of_a_person() -> None:
    request = RequestFactory().get("/sw.js")
    response = resolve("/sw.js").func(request)
    text = response.content.decode()
    assert response["Content-Type"].startswith("text/javascript")
    assert "__" not in text
    kept = re.findall(r'"(/[^"]*)"', text)
    assert set(kept) == {"/offline"} | {path for path in kept if path.startswith("/static/")}
    html = resolve("/offline").func(RequestFactory().get("/offline")).content.decode()
    assert "csrf" not in html
    assert "现在没有网络" in html
    with pytest.raises(Resolver404):
        resolve("/style")


# --- colours ----------------------------------------------------------------------------------------------------------


def palettes() -> dict[str, dict[str, str]]:
    """The colours of the light and the dark look."""
    text = (WEB / "common/static/common/look.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root {(.*?)}", text, re.DOTALL)[:2]
    )
    return {"light": light, "dark": dark}


def contrast(one: str, other: str) -> Decimal:
    """WCAG 2.1's ratio of two colours ``#rrggbb``."""

    def luminance(colour: str) -> Decimal:
        parts = [Decimal(int(colour[at : at + 2], 16)) / 255 for at in (1, 3, 5)]
        linear = [
            part / Decimal("12.92")
            if part <= Decimal("0.04045")
            else ((part + Decimal("0.055")) / Decimal("1.055")) ** Decimal("2.4")
            for part in parts
        ]
        return Decimal("0.2126") * linear[0] + Decimal("0.7152") * linear[1] + Decimal("0.0722") * linear[2]

    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + Decimal("0.05")) / (darker + Decimal("0.05"))


PAIRS = [
    *(
        (text, ground)
        for text in ("ink", "ink-soft", "main", "bad", "main-strong")
        for ground in ("paper", "surface", "sunk")
    ),
    *((kind, f"{kind}-tint") for kind in ("ok", "info", "wait", "warn", "bad", "quiet", "main")),
    *(("ink", f"{kind}-tint") for kind in ("ok", "info", "warn", "bad", "main")),
    *(
        (
            ("on-main", "main"),
            ("on-main", "main-strong"),
            ("on-union", "union"),
            ("on-deep", "deep"),
            ("on-deep-soft", "deep"),
        )
    ),
    *(
        (
            ("on-deep", "deep-line"),
            ("on-deep-soft", "deep-line"),
            ("main", "info-tint"),
            ("main", "ok-tint"),
            ("warn", "surface"),
        )
    ),
    *((("ok", "surface"), ("main", "warn-tint"))),
]


def test_terms_are_told_with_their_last_day() -> None:
    assert rendered("{{ d|last_day|iso_day }} {{ none|last_day|iso_day }}", d=datetime.date(2027, 1, 1), none=None) == (
        "2026-12-31 —"
    )


def test_plans_are_named_in_the_language_of_the_page() -> None:
    both = SimpleNamespace(name_zh="住院互助", name_en="Hospital aid")
    assert rendered("{{ v|plan_name }}", v=both) == "住院互助"
    with translation.override("en"):
        assert rendered("{{ v|plan_name }}", v=both) == "Hospital aid"
        assert rendered("{{ v|plan_name }}", v=SimpleNamespace(name_zh="住院互助", name_en="")) == "住院互助"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_can_be_read_on_their_ground(scheme: str) -> None:
    colours = palettes()[scheme]
    poor = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in poor.items() if ratio < Decimal("4.5")} == {}
    lines = {ground: contrast(colours["line-strong"], colours[ground]) for ground in ("paper", "surface", "sunk")}
    assert {ground: ratio for ground, ratio in lines.items() if ratio < 3} == {}
    assert contrast("#ffffff", "#000000") == 21


def test_styles_use_no_other_colours_and_no_foreign_hosts() -> None:
    for path in WEB.rglob("static/**/*.css"):
        text = path.read_text(encoding="utf-8")
        without = re.sub(r":root {.*?}", "", text, flags=re.DOTALL)
        assert set(re.findall(r"#[0-9a-fA-F]{3,6}\b(?![^{]*{)", without)) <= {"#fff", "#000", "#333", "#999"}, path
        assert "://" not in text
