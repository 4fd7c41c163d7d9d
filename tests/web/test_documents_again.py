"""补打: what was issued is listed, and printed again with a mark and a line in the audit trail."""

from __future__ import annotations

import pytest
from django.urls import reverse

from mutualaid.claims.actions.reprinting import NothingToPrint, reprint
from mutualaid.claims.reprints import NAMES, reprinted
from mutualaid.core.audit import subject_of
from mutualaid.core.models import AuditEntry
from mutualaid.enrolment.models import Cover
from tests.people.cast import AT, ON
from tests.web.cast import Web
from tests.web.claims_made import filed, written
from tests.web.money_made import money

pytestmark = pytest.mark.django_db


def test_what_was_issued_is_listed_and_printed_again(web: Web) -> None:
    claim = filed(web)
    client = web.client("service_specialist")
    html = client.get(reverse("workbench:member_documents", args=[web.people.lin.number])).content.decode()
    cover = Cover.objects.get()
    for number in (cover.number, claim.number):
        assert number in html
    for kind, row in (("certificate", cover), ("acknowledgement", claim)):
        answer = client.post(reverse("workbench:document_copy", args=[kind, row.number]))
        assert answer.content.startswith(b"%PDF-")
        entry = AuditEntry.objects.get(what="reprint_document", subject=subject_of(row))
        assert entry.detail["kind"] == kind


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_copy_differs_from_the_original_by_its_mark(web: Web, lang: str) -> None:
    claim, receipt = filed(web), money(web)["paid"].receipt
    for kind, row in (("certificate", Cover.objects.latest("id")), ("receipt", receipt), ("acknowledgement", claim)):
        copy = reprinted(kind=kind, row=row, lang=lang, on=ON)
        assert copy.startswith(b"%PDF-")
        assert set(NAMES) >= {kind}
    from mutualaid.contributions.receipts import receipt_pdf

    assert reprinted(kind="receipt", row=receipt, lang=lang, on=ON) != receipt_pdf(receipt=receipt, lang=lang)


def test_there_is_nothing_to_print_of_a_draft_or_of_another_kind(web: Web) -> None:
    draft = written(web)
    client = web.client("finance")
    for kind in ("acknowledgement", "letter", "nothing"):
        assert client.post(reverse("workbench:document_copy", args=[kind, draft.number])).status_code == 404
    with pytest.raises(NothingToPrint):
        reprint(row=draft, kind="picture", by=web.actor("finance"), at=AT)
    assert not AuditEntry.objects.filter(what="reprint_document").exists()
