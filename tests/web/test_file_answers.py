"""Files and long jobs by their keys."""

from __future__ import annotations

import uuid

import pytest

from mutualaid.core import papers
from mutualaid.core.models import AuditEntry, LongJob
from mutualaid.core.moves import make
from mutualaid.core.states import LONG_JOB
from tests.people.cast import AT, BY
from tests.pictures import PNG
from tests.web.cast import Web
from tests.web.pages_common import job, stored

pytestmark = pytest.mark.django_db


def test_a_file_is_shown_under_its_name_and_runs_nothing(web: Web) -> None:
    answer = web.client("clerk").get(f"/files/{stored(web).key}")
    assert answer.content == b"%PDF-1.7 ..."
    assert answer["Content-Disposition"] == "inline; filename*=utf-8''%E7%9B%96%E7%AB%A0.pdf"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("default-src 'none';")
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    saved = web.client("clerk").get(f"/files/{stored(web).key}?save")
    assert saved["Content-Disposition"].startswith("attachment;")


def test_what_is_no_pdf_is_in_a_sandbox(web: Web) -> None:
    by = web.actor("clerk")
    picture = papers.store(content=PNG, name="a.png", kind="form", media_type=papers.PNG, by=by, at=AT)
    answer = web.client("clerk").get(f"/files/{picture.key}")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_what_a_browser_might_run_is_saved(web: Web) -> None:
    content = "姓名,证件\n<script>alert(1)</script>,x\n".encode()
    file = papers.store(
        content=content, name='a"\r\nb.csv', kind="list", media_type=papers.CSV, by=web.actor("member"), at=AT
    )
    answer = web.client("member").get(f"/files/{file.key}")
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "\n" not in answer["Content-Disposition"]


def test_who_brought_a_file_sees_it_without_a_branch(web: Web) -> None:
    file = papers.store(
        content=b"%PDF-1.7", name="a.pdf", kind="form", media_type=papers.PDF, by=web.actor("newcomer"), at=AT
    )
    assert web.client("newcomer").get(f"/files/{file.key}").status_code == 200
    assert web.client("reviewer").get(f"/files/{file.key}").status_code == 404


def test_reading_the_file_of_somebody_else_stands_in_the_trail(web: Web) -> None:
    file = stored(web)
    web.client("clerk").get(f"/files/{file.key}")
    assert not AuditEntry.objects.filter(what="read_file").exists()
    web.client("reviewer").get(f"/files/{file.key}")
    row = AuditEntry.objects.get(what="read_file")
    assert (row.subject, row.actor_key) == (f"core.storedfile:{file.pk}", web.actor("reviewer").key)


@pytest.mark.parametrize("address", ["/files/{}", "/jobs/{}"])
def test_a_key_that_is_none(web: Web, address: str) -> None:
    for key in (uuid.UUID(int=0), "1", "../../etc/passwd"):
        assert web.client("reviewer").get(address.format(key)).status_code == 404


def test_a_job_is_polled_until_it_ends(web: Web) -> None:
    client = web.client("reviewer")
    address = f"/jobs/{job(web).key}"
    page = client.get(address).content.decode()
    assert ("<html" in page, 'value="25"' in page, "every 2s" in page) == (True, True, True)
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert ("<html" in fragment, 'value="25"' in fragment) == (False, True)
    LongJob.objects.update(result={"page": "/workbench/"})
    for move in ("start_job", "finish_job"):
        make(job(web), LONG_JOB, move, by=BY, at=AT)
    ended = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert ('href="/workbench/"' in ended, "every 2s" in ended) == (True, False)


@pytest.mark.parametrize("page", ["https://example.org/", "//example.org", "javascript:alert(1)"])
def test_a_result_leads_to_our_own_pages(web: Web, page: str) -> None:
    LongJob.objects.filter(pk=job(web).pk).update(state="done", result={"page": page})
    assert "example.org" not in web.client("reviewer").get(f"/jobs/{job(web).key}").content.decode()


def test_a_failed_job_says_why(web: Web) -> None:
    LongJob.objects.filter(pk=job(web).pk).update(state="failed", fault_zh="文件打不开", fault_en="cannot be opened")
    assert "文件打不开" in web.client("reviewer").get(f"/jobs/{job(web).key}").content.decode()
