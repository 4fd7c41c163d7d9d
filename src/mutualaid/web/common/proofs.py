"""Whether a document is ours: a page for everybody who holds one. Beside it the signed heads of the log and our public key."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from django import forms
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from mutualaid.core.actors import system
from mutualaid.people.access import NotFound
from mutualaid.proofs import queries
from mutualaid.proofs.actions import TooManyAskings, count_asking
from mutualaid.proofs.heads import ORIGIN, fingerprint, read_pem
from mutualaid.proofs.models import PublicKey, TreeHead
from mutualaid.proofs.verifying import told
from mutualaid.web.common.answers import said, said_by
from mutualaid.web.common.guards import public
from mutualaid.web.common.requests import PublicRequest, address_of

BYTES_MOST = 5 * 2**20
HEADS_SHOWN, HEADS_GIVEN = 8, 50
PUBLIC = system("public")
"""Whoever comes to the page: nobody in particular."""


class DocumentField(forms.FileField):
    """A document, no longer than ours are."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Raises ValidationError for one that is too long."""
        found = super().clean(data, initial)
        if found is not None and found.size > BYTES_MOST:
            raise forms.ValidationError(_("文件最大 5 MB；本平台出具的文书都比这小"))
        return found


class DocumentForm(forms.Form):
    """The document in question."""

    file = DocumentField(
        label=gettext_lazy("文书"),
        help_text=gettext_lazy("带证明的 PDF，或审计人员导出的 .json 证明；最大 5 MB。只用来核验，不保存。"),
        widget=forms.FileInput(attrs={"accept": ".pdf,.json"}),
    )


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def proofs(request: PublicRequest) -> HttpResponseBase:
    """A document is brought, and it is said whether its proof holds. It is read, and kept nowhere; so many from one network, and
    what is much longer than ours is refused unread (``middleware.Bodies``)."""
    form = DocumentForm(request.POST or None, request.FILES or None) if request.method == "POST" else DocumentForm()
    context: dict[str, Any] = {"form": form, "heads": list(queries.heads()[:HEADS_SHOWN]), "key": _current()}
    if request.method != "POST":
        return TemplateResponse(request, "common/proofs/proofs.html", context)
    try:
        count_asking(address=address_of(request), by=PUBLIC, at=request.at)
    except TooManyAskings as refused:
        context["refusal"] = said_by(refused)
        response = TemplateResponse(
            request, "common/proofs/proofs.html", context | {"form": DocumentForm()}, status=429
        )
        response["Retry-After"] = str(-(-int(refused.wait.total_seconds() * 1000) // 1000))
        return response
    if not form.is_valid():
        return TemplateResponse(request, "common/proofs/proofs.html", context, status=422)
    verdict = queries.verify_here(content=form.cleaned_data["file"].read())
    lines = [said(*line) for line in told(verdict)]
    context |= {"verdict": verdict, "title": lines[0], "facts": [_parted(line) for line in lines[1:]]}
    return TemplateResponse(request, "common/proofs/proofs.html", context)


def _parted(line: str) -> tuple[str, str]:
    """What is said and of what: ``日志头签署：2026-11-22`` and ``head signed: 2026-11-22``."""
    name, _mark, text = line.partition(said("：", ": "))
    return name, text


@public
@require_safe
def key(request: PublicRequest) -> HttpResponseBase:
    """The public key that heads are signed with now, for ``openssl`` and ``mutualaid proof verify --key``."""
    found = _current()
    if found is None:
        raise NotFound("还没有签署过日志头，所以没有公钥", "no head was signed yet, so there is no key")
    response = HttpResponse(found["row"].pem, content_type="application/x-pem-file")
    response["Content-Disposition"] = 'attachment; filename="mutualaid-proof-key.pem"'
    return response


@public
@require_safe
def heads(request: PublicRequest) -> HttpResponseBase:
    """The latest heads, each with the path that shows that it only adds to the one before it; with ``?earlier=`` the latest
    head and that one. Keys of now and before."""
    found = list(queries.heads()[:HEADS_GIVEN])
    earlier = request.GET.get("earlier", "")
    if earlier and found:
        try:
            between = queries.between(earlier=int(earlier) if earlier.isdecimal() else 0, later=found[0].size)
        except (queries.BadSizes, ValueError, OverflowError) as refusal:
            return JsonResponse({"error": said_by(refusal)}, status=400, json_dumps_params={"ensure_ascii": False})
        found = [between.later, between.earlier] if between.later != between.earlier else [between.later]
    paths = queries.links(sizes=[head.size for head in found])
    body = {
        "origin": ORIGIN,
        "heads": [_told(head, before, paths) for head, before in zip_longest(found, found[1:])],
        "keys": [_key_told(row) for row in queries.public_keys()],
    }
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False, "indent": 1})


def _told(head: TreeHead, before: TreeHead | None, paths: dict[int, tuple[bytes, ...]]) -> dict[str, Any]:
    said_of = queries.head_of(row=head)
    found: dict[str, Any] = {
        "size": head.size,
        "root": bytes(head.root).hex(),
        "text": said_of.text(),
        "signature": bytes(head.signature).hex(),
    }
    if before is not None:
        found["adds_to"] = {"size": before.size, "path": [step.hex() for step in paths[head.size]]}
    return found


def _key_told(row: PublicKey) -> dict[str, str]:
    return {"id": row.key_id, "fingerprint": fingerprint(read_pem(row.pem)), "pem": row.pem}


def _current() -> dict[str, Any] | None:
    """The latest key, with its fingerprint in groups that people can compare."""
    row = queries.public_keys().first()
    if row is None:
        return None
    digits = fingerprint(read_pem(row.pem))
    return {"row": row, "groups": [digits[place : place + 8] for place in range(0, len(digits), 8)]}
