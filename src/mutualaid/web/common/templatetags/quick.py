"""Django's ``translate``, ``url`` and ``static`` for pages that are made two hundred times a second: what cannot change while
a process runs is worked out once. And ``kept``, for a part of a page that is the same for many.

Nothing of a person is kept here: texts by language, addresses by name and arguments, names of files; and of ``kept`` what
its key names in full.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as compile_url
from django.templatetags import i18n, static
from django.urls import URLResolver, get_resolver, get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()
for library in (i18n, static):
    register.tags.update(library.register.tags)
    register.filters.update(library.register.filters)
del register.tags["language"]  # a page is in one language throughout: ``Text`` looks only once which

_LANGUAGE = "mutualaid language"
ADDRESSES = 20_000
"""Addresses that are kept, the least asked for go: some 5 MB."""
KEPT = 200
"""Renderings that one ``kept`` keeps."""


def _is_constant(expression: FilterExpression) -> bool:
    """Whether a template says the text itself, and does nothing to it."""
    said = getattr(expression.var, "literal", expression.var)
    return isinstance(said, str) and not expression.filters


class Text(i18n.TranslateNode):
    """A text that is written in the template: looked up once for each language."""

    def __init__(self, made: i18n.TranslateNode) -> None:
        self.__dict__.update(made.__dict__)
        self.name, self.asvar = made.asvar, None
        self.known: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        """The text in the language of the page, or nothing where it gets a name."""
        whole_page: dict[Any, Any] = context.render_context.dicts[0]  # shared by what the page includes
        if _LANGUAGE in whole_page:
            language = whole_page[_LANGUAGE]
        else:
            language = whole_page[_LANGUAGE] = get_language()
        text = self.known.get(language)
        if text is None:
            text = self.known[language] = super().render(context)
        if self.name is None:
            return text
        context[self.name] = text
        return ""


@register.tag("trans")
@register.tag("translate")
def translate(parser: Parser, token: Token) -> Node:
    """``{% translate "文字" %}``, as Django's."""
    made = i18n.do_translate(parser, token)
    about = made.message_context
    constant = _is_constant(made.filter_expression) and (about is None or _is_constant(about))
    return Text(made) if constant else made


class Address(URLNode):
    """An address, remembered by the name of the page and its arguments."""

    def render(self, context: Context) -> str:
        """The address; raises NoReverseMatch where it is not to get a name."""
        name, args = self.view_name.resolve(context), [arg.resolve(context) for arg in self.args]
        if self.asvar or self.kwargs or not all(type(arg) in (str, SafeString, int) for arg in args):
            return str(super().render(context))
        match = getattr(context.request, "resolver_match", None) if hasattr(context, "request") else None
        portal = match.namespace if match is not None else None
        found = _address(name, tuple(args), portal, get_resolver(get_urlconf()), get_script_prefix())
        return str(conditional_escape(found)) if context.autoescape else found


def address(name: str, *args: str | int) -> str:
    """The address of a page by its name and arguments, for tags that write HTML without a template: not escaped yet."""
    return _address(name, args, None, get_resolver(get_urlconf()), get_script_prefix())


@lru_cache(maxsize=ADDRESSES)
def _address(name: str, args: tuple[str | int, ...], portal: str | None, _resolver: URLResolver, _prefix: str) -> str:
    """The same as long as the addresses are the same and stand below the same beginning."""
    return reverse(name, args=args, current_app=portal)


@register.tag
def url(parser: Parser, token: Token) -> Node:
    """``{% url "members:claim" number %}``, as Django's."""
    made = compile_url(parser, token)
    return Address(made.view_name, made.args, made.kwargs, made.asvar)


class File(static.StaticNode):
    """The address of a file that the template names. Served, files carry a hash in their names, which ``mutualaid serve``
    settles before it starts; elsewhere it is asked each time."""

    def __init__(self, made: static.StaticNode) -> None:
        super().__init__(made.varname, made.path)
        self.lasts = settings.COLLECTED and made.varname is None and _is_constant(made.path)
        self.known: str | None = None

    def render(self, context: Context) -> str:
        """The address."""
        if not self.lasts:
            return str(super().render(context))
        if self.known is None:
            self.known = str(super().render(context))
        return self.known


@register.tag("static")
def file(parser: Parser, token: Token) -> Node:
    """``{% static "common/app.js" %}``, as Django's."""
    return File(static.StaticNode.handle_token(parser, token))


class Kept(Node):
    """See ``kept``."""

    def __init__(self, key: FilterExpression, nodelist: NodeList) -> None:
        self.key, self.nodelist = key, nodelist
        self.known: OrderedDict[Hashable, SafeString] = OrderedDict()

    def render(self, context: Context) -> SafeString:
        """What is inside, as it was rendered for the same key in the same language; without a key as it is."""
        named = self.key.resolve(context)
        if named is None:
            return mark_safe(self.nodelist.render(context))  # noqa: S308  # nosec B308 B703 - rendered, thus escaped
        key = (named, get_language())
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = mark_safe(self.nodelist.render(context))  # noqa: S308  # nosec B308 B703 - rendered, thus escaped
            if len(self.known) > KEPT:
                self.known.popitem(last=False)
        return found


@register.tag
def kept(parser: Parser, token: Token) -> Node:
    """``{% kept shell.nav_key %}…{% endkept %}``: rendered once in a process for each key and language, each time if it
    is None. The key says all that is shown inside: whatever else is read there would be shown to others, and go stale."""
    bits: list[Any] = token.split_contents()
    if len(bits) != 2:
        raise template.TemplateSyntaxError(f"expected {{% kept key %}}, found {token.contents!r}")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(parser.compile_filter(bits[1]), nodelist)
