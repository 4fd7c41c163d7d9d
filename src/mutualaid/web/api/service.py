"""The interface itself: its operations, its description (OpenAPI), and that all it answers is JSON."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header
from ninja import NinjaAPI

from mutualaid.web.api import claims, gig, reads, rosters
from mutualaid.web.api.problems import KINDS, MEDIA_TYPE, Problem, answer, problem_of

TEXT = """
职工互助保障平台的接口：会员、保障、参保单（名单）、账单、计划、理赔申请。凭证由系统管理员在管理端“接口凭证”发放。
用法见 docs/api.md。金额为元（两位小数的文本），日期为 ISO 8601，期间含起始日、不含终止日。

The interface of the mutual-aid platform: members, covers, rosters, bills, plans, claims. Tokens are made by a system
administrator at the workbench; how to use them is told in docs/api.md. Amounts are yuan as texts, periods include their first day
and not their last.
"""
service = NinjaAPI(
    title="职工互助保障平台接口 · Mutualaid API",
    version="1",
    description=TEXT,
    docs_url=None,
    openapi_url=None,
    urls_namespace="v1",
)
service.add_router("", reads.router)
service.add_router("", rosters.router)
service.add_router("", gig.router)
service.add_router("", claims.router)
for _kind in (Exception, *service._exception_handlers):  # Ninja's own answers are no problems of RFC 9457
    service.add_exception_handler(_kind, problem_of)  # type: ignore[arg-type]

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": list(KINDS)},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "field", "message"],
                "properties": {name: {"type": "string"} for name in ("in", "field", "message")},
            },
        },
    },
}
_BODY = {413, 415}
_NOT_HERE = {405}
"""What no operation that is described answers."""


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document, with the problems that each operation may answer."""
    found: dict[str, Any] = copy.deepcopy(dict(service.get_openapi_schema(path_prefix="/api/v1/")))
    found["components"]["schemas"]["Problem"] = PROBLEM
    told = {status: en for status, _, en in KINDS.values()}
    for operations in found["paths"].values():
        for operation in operations.values():
            for status, title in told.items():
                if status in _NOT_HERE or (status in _BODY and "requestBody" not in operation):
                    continue
                contents = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
                operation["responses"][str(status)] = {"description": title, "content": contents}
            operation["responses"] = {str(status): one for status, one in operation["responses"].items()}
    return found


def openapi(request: HttpRequest) -> HttpResponse:
    """``/api/v1/openapi.json``: for everybody."""
    return JsonResponse(description(), json_dumps_params={"ensure_ascii": False})


def documentation(request: HttpRequest) -> HttpResponse:
    """``/api/v1/docs``: the same as a page, without any other host."""
    return render(request, "api/docs.html")


def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Every other address of the interface."""
    return answer("not_found")


View = Callable[..., HttpResponse]


def surrounded(view: View) -> View:
    """A view of machines: in the language asked for, JSON only, and a problem for what nobody foresaw."""

    @wraps(view)
    def surround(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = _language(request)
        with translation.override(language):
            try:
                _only_json(request)
                response = view(request, *args, **kwargs)
            except Exception as raised:  # noqa: BLE001 - machines are never answered by a page
                response = problem_of(request, raised)
            if response.status_code == 405 and response.get("Content-Type", "") != MEDIA_TYPE:
                response = answer("method_not_allowed", headers={"Allow": response.get("Allow", "")})
        response["Content-Language"] = language
        response.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(response, ["Accept-Language", "Authorization"])
        return response

    return surround


def patterns() -> list[URLPattern]:
    """The addresses of the operations, each surrounded."""
    found = [pattern for pattern in service.urls[0] if isinstance(pattern, URLPattern) and pattern.name != "api-root"]
    for pattern in found:
        pattern.callback = surrounded(pattern.callback)
    return found


def _language(request: HttpRequest) -> str:
    for name, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:200]):
        if name.startswith(("zh", "en")):
            return "en" if name.startswith("en") else "zh-hans"
    return "zh-hans"


def _only_json(request: HttpRequest) -> None:
    """Raises Problem for what is too large, and for other media types, before anything of it is read."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20
        raise Problem(
            "too_large", f"正文应不超过 {most} MB；请分几次提交", f"expected at most {most} MB; send it in parts"
        )
    sent = length not in ("", "0") or "Transfer-Encoding" in request.headers
    if sent and request.method == "POST" and request.content_type != "application/json":
        raise Problem(
            "unsupported_media_type",
            "Content-Type 应为 application/json",
            "expected Content-Type: application/json",
        )
