"""Pages of errors and of states in between: what happened, in plain words, and what to do. They need no database.

``fault_page(request, "not_found")`` gives one; the handlers below are named in ``web.urls`` and ``CSRF_FAILURE_VIEW``;
``dressed`` turns a bare error of Django's into its page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mutualaid.web.common.addresses import form_page
from mutualaid.web.common.navigation import address, portal_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Fault:
    """One kind of page. ``again``: whether opening the page once more may help. Texts are translated when shown."""

    status: int
    icon: str
    title: StrOrPromise
    text: StrOrPromise
    todo: tuple[StrOrPromise, ...] = ()
    again: bool = False


FAULTS: dict[str, Fault] = {
    "bad_request": Fault(
        400,
        "alert-triangle",
        gettext_lazy("这个请求看不懂"),
        gettext_lazy("地址或提交的内容不完整。什么都没有改动。"),
        (gettext_lazy("请从页面上的链接和按钮进入，不要修改地址。"),),
    ),
    "forbidden": Fault(
        403,
        "lock",
        gettext_lazy("您没有办理此事的权限"),
        gettext_lazy("您的岗位不包括此项办理。什么都没有改动。"),
        (gettext_lazy("如工作需要，请本单位的系统管理员调整您的岗位。"),),
    ),
    "csrf": Fault(
        403,
        "shield-lock",
        gettext_lazy("页面已过期，没有提交"),
        gettext_lazy("为防止他人冒用，提交要与打开页面时的会话一致。可能是登录已更换，或浏览器没有保存 Cookie。"),
        (gettext_lazy("请重新打开页面后再提交；如仍出现，请在浏览器中允许本站的 Cookie。"),),
        again=True,
    ),
    "not_found": Fault(
        404,
        "file-off",
        gettext_lazy("没有找到这个页面"),
        gettext_lazy("地址可能有误，内容可能已移走，或不在您的查看范围内。"),
        (gettext_lazy("请核对编号，或从首页进入。"),),
    ),
    "method_not_allowed": Fault(
        405,
        "hand-stop",
        gettext_lazy("不能这样打开此地址"),
        gettext_lazy("此地址只接受页面上的按钮提交，不能直接打开。什么都没有改动。"),
    ),
    "conflict": Fault(
        409,
        "refresh",
        gettext_lazy("情况已经变化"),
        gettext_lazy("在您办理期间，别人已先办理了此事。您的这一次没有生效。"),
        (gettext_lazy("请重新打开页面，看过最新情况后再决定。"),),
        again=True,
    ),
    "too_large": Fault(
        413,
        "file-alert",
        gettext_lazy("文件太大"),
        gettext_lazy("提交的内容超过上限，没有收下。"),
        (gettext_lazy("请压缩图片或分几次上传，上传页面写有每个文件的上限。"),),
    ),
    "document_too_large": Fault(
        413,
        "file-alert",
        gettext_lazy("文件太大"),
        gettext_lazy("核验的文书最大 5 MB，这个文件超过了，没有收下。本平台出具的文书都比这小。"),
        (gettext_lazy("请选择当时下载的 PDF 原文件；扫描件、照片和压缩包里没有证明，不能核验。"),),
    ),
    "too_many": Fault(
        429,
        "clock-pause",
        gettext_lazy("操作太频繁"),
        gettext_lazy("短时间内请求太多，已暂停处理。"),
        (gettext_lazy("请等几分钟再试。"),),
        again=True,
    ),
    "server_error": Fault(
        500,
        "tool",
        gettext_lazy("系统出了故障"),
        gettext_lazy("这是我们的问题，不是您的。刚才的提交可能没有完成。"),
        (
            gettext_lazy("请先查看该事项是否已办成，再决定是否重新提交。"),
            gettext_lazy("如仍出现，请把时间和编号告诉客服。"),
        ),
        again=True,
    ),
    "unavailable": Fault(
        503,
        "plug-connected-x",
        gettext_lazy("系统暂停服务"),
        gettext_lazy("系统正在维护或暂时繁忙。已经提交的办理不会丢失。"),
        (gettext_lazy("请几分钟后再试。"),),
        again=True,
    ),
    "timed_out": Fault(
        504,
        "clock-exclamation",
        gettext_lazy("等待超时"),
        gettext_lazy("这一次处理的时间太长，没有等到结果，可能仍在进行。"),
        (gettext_lazy("请先查看该事项是否已办成，再决定是否重新提交。"),),
        again=True,
    ),
    "session_expired": Fault(
        403,
        "clock",
        gettext_lazy("登录已过期"),
        gettext_lazy("较长时间没有操作，为保护个人信息已自动退出。"),
        (gettext_lazy("请重新登录；没有提交的内容需要重新填写。"),),
    ),
}
BY_STATUS = {400: "bad_request", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 409: "conflict"} | {
    413: "too_large",
    429: "too_many",
    500: "server_error",
    502: "unavailable",
    503: "unavailable",
    504: "timed_out",
}


def fault_page(request: HttpRequest, kind: str, *, text: str = "", reference: str = "") -> HttpResponse:
    """The page of a kind in ``FAULTS``. ``text`` is said in place of the usual; ``reference``: the log's number."""
    fault = FAULTS[kind]
    portal = portal_of(request)
    home = (address(portal.home) if portal else "") or "/"
    context = {
        "fault": fault,
        "text": text,
        "reference": reference,
        "home": home,
        # What was posted is not posted again by a link; the page of the form is opened anew.
        "path": request.get_full_path() if request.method == "GET" else form_page(request) or request.path,
    }
    # Without the request: no context processor, no session and no database can fail here a second time.
    response = HttpResponse(render_to_string("common/fault.html", context), status=fault.status)
    response["Cache-Control"] = "no-store"
    response.dressed = True  # type: ignore[attr-defined]
    return response


def dressed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The page in place of an error that Django or a server part answers barely (405, 413, …); others are left alone."""
    bare = response.status_code in BY_STATUS and not getattr(response, "dressed", False) and not response.streaming
    html = response.get("Content-Type", "text/html").startswith("text/html") and request.accepts("text/html")
    if not bare or not html or response.content:
        return response
    page = fault_page(request, BY_STATUS[response.status_code])
    for header in ("Allow", "Retry-After"):
        if header in response:
            page[header] = response[header]
    return page


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler400``; a request with more than we take is told so."""
    too_large = type(exception).__name__ in {"RequestDataTooBig", "TooManyFilesSent", "TooManyFieldsSent"}
    return fault_page(request, "too_large" if too_large else "bad_request")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler403``."""
    return fault_page(request, "forbidden")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """``CSRF_FAILURE_VIEW``."""
    return fault_page(request, "csrf")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """``handler404``: the same for what does not exist and for what a stranger may not know of."""
    return fault_page(request, "not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    """``handler500``; were even the page broken, a few words of plain HTML."""
    try:
        return fault_page(request, "server_error")
    except Exception:  # noqa: BLE001 (the last page there is: whatever fails here must not show)
        return HttpResponse(f"<h1>{_('系统出了故障')}</h1>", status=500)
