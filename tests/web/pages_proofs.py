"""The pages of the log of proofs, for the five questions."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from mutualaid.core.audit import record
from mutualaid.core.models import AuditEntry
from mutualaid.people.models import Account
from mutualaid.proofs.actions import issue_document, sequence_leaves
from mutualaid.proofs.models import Leaf
from mutualaid.proofs.paper import with_proof
from mutualaid.proofs.queries import proof_of
from tests.people.cast import AT, BY
from tests.proofs.test_documents_proven import letter
from tests.web.cast import Web
from tests.web.questions import Page


def issued(web: Web) -> AuditEntry:
    """A letter that the reviewer issued, and that has its position."""
    if "issued" not in web.made:
        with transaction.atomic():
            row = Account.objects.get(pk=web.accounts["member"][0].pk)
            by = web.actor("reviewer")
            web.made["issued"] = issue_document(
                kind="decision_letter", number="L00000017", row=row, body=letter(), by=by, at=AT
            )
            record(what="registered", row=row, by=by, at=AT)
        sequence_leaves(by=BY, at=AT)
    return web.made["issued"]


def proven_letter(web: Web) -> bytes:
    """Its bytes with the proof."""
    proof = proof_of(entry=issued(web))
    assert proof is not None
    return with_proof(body=letter(), proof=proof)


def uploaded(content: bytes, name: str = "决定通知书.pdf") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, content, content_type="application/pdf")}


def proof_address(web: Web) -> str:
    return reverse("workbench:audit_proof", args=[Leaf.objects.get(entry=issued(web)).position])


PAGES = [
    Page("common:proofs", who=("anonymous",), arrange=issued, shows="公钥"),
    Page(
        "common:proofs",
        who=("anonymous",),
        method="post",
        arrange=issued,
        data=lambda web: uploaded(proven_letter(web)),
        shows="这份文件就是当时出具的互助金决定通知书 L00000017",
    ),
    Page("common:proof_key", who=("anonymous",), arrange=issued, shows="BEGIN PUBLIC KEY"),
    Page("common:proof_heads", who=("anonymous",), arrange=issued, shows="mutualaid/proofs"),
    Page(
        "workbench:audit_proof",
        who=("audit_admin",),
        wrong=("reviewer", "finance", "system_admin", "security_admin", "clerk", "member"),
        address=proof_address,
        strangers="see test_proofs_pages: an administrator of another branch",
        wrong_state="a proof has no state",
        shows="mutualaid-proof/1",
    ),
]
