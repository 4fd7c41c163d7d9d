"""Bodies that are longer than anything a page takes, and signs that no text holds: refused before they are read or kept."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from mutualaid.contributions.bank import reading
from mutualaid.core.models import StoredFile
from mutualaid.web.common.middleware import BODY_MOST
from tests.web.cast import Web

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["anonymous", "clerk"])
def test_a_body_that_is_too_long_is_not_read(web: Web, who: str) -> None:
    form = "multipart/form-data; boundary=x"
    for path in ("/employers/sign-in", "/employers/", "/nowhere"):
        answer = web.client(who).generic("POST", path, b"", form, CONTENT_LENGTH=str(BODY_MOST + 1))
        assert answer.status_code == 413
        assert "文件太大" in answer.content.decode()
        assert answer["X-Frame-Options"] == "DENY"


def test_a_bank_file_that_is_too_long_is_not_kept(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mutualaid.web.workbench.bank.BYTES_MOST", 10)
    assert reading.BYTES_MOST > 10
    client = web.client("finance")
    page = client.get(reverse("workbench:statement_new")).content.decode()
    fund = page.partition('<option value="')[2].partition('"')[0]
    file = SimpleUploadedFile("a.csv", b"1,2\n3,4\n5,6\n")
    answer = client.post(reverse("workbench:statement_new"), {"fund": fund, "file": file})
    assert (answer.status_code, "20 MB" in answer.content.decode()) == (422, True)
    assert not StoredFile.objects.filter(kind="statement").exists()


@pytest.mark.parametrize("name", ["name", "password"])
def test_signs_that_no_text_holds(web: Web, name: str) -> None:
    given = {"name": "林", "password": "x", name: "a\x00b"}
    answer = web.client("anonymous").post("/employers/sign-in", given)
    assert answer.status_code in (400, 409)
    answer = web.client("finance").get("/workbench/bills/B\x00")
    assert answer.status_code in (400, 404)
