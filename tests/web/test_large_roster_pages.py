"""Pages of large rosters: numbers in groups of three, few statements, the marked workbook by the worker, its job with menus."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest
from django.urls import reverse

from mutualaid.core import work
from mutualaid.core.models import LongJob, StoredFile
from mutualaid.enrolment.models import RosterUpload
from tests.web import employers_scene as scene
from tests.web.cast import Web
from tests.web.test_statements import asked

MOST = 12
MORE = {"employers:enrolment": 13}
"""The way of a draft, which also tells its season, the words of its office and uploads that were broken off."""


def test_counts_are_told_in_groups_of_three(web: Web) -> None:
    upload = scene.upload(web)
    RosterUpload.objects.filter(pk=upload.pk).update(rows_read=200_000, rows_good=123_456)
    page = web.client("clerk").get(reverse("employers:upload", args=[upload.enrolment.number, upload.file.key]))
    text = page.content.decode()
    assert "采用正确的 123,456 行" in text
    assert "76,544" in text
    assert not re.search(r"123456|76544|200000", text)


def test_pages_of_a_roster_take_few_statements(web: Web) -> None:
    upload = scene.old(web)
    number, of_upload = [upload.enrolment.number], [upload.enrolment.number, upload.file.key]
    pages: list[tuple[str, list[Any], str]] = [
        ("employers:enrolments", [], ""),
        ("employers:enrolment", number, ""),
        ("employers:rows", number, ""),
        ("employers:upload", of_upload, ""),
        ("employers:upload", of_upload, "?rows=all"),
        ("employers:faults", of_upload, ""),
        ("employers:marked", of_upload, ""),
        ("employers:differences", number, ""),
        ("employers:headers", [], ""),
    ]
    found = {(name, more): len(asked(web, "clerk", reverse(name, args=args) + more)) for name, args, more in pages}
    assert {page: count for page, count in found.items() if count > MORE.get(page[0], MOST)} == {}


def test_the_marked_workbook_of_a_large_roster_is_made_by_the_worker(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    client, upload = web.client("clerk"), scene.upload(web)
    address = reverse("employers:marked", args=[upload.enrolment.number, upload.file.key])
    small = openpyxl.load_workbook(io.BytesIO(client.get(address).content))
    for module in ("mending", "rosters"):
        monkeypatch.setattr(f"mutualaid.web.employers.{module}.MARKED_AT_ONCE", 1)
    preview = reverse("employers:upload", args=[upload.enrolment.number, upload.file.key])
    assert client.get(address)["Location"] == preview
    assert f'method="post" action="{address}"' in client.get(preview).content.decode()
    job = client.post(address)["Location"]
    waiting = client.get(job).content.decode()
    assert reverse("employers:enrolments") in waiting  # with the entries of the portal,
    assert 'aria-current="page"' in waiting  # at its rosters
    assert client.post(address)["Location"] == job  # asked twice, it is made once
    work.run_waiting()
    done = client.get(job).content.decode()
    file = StoredFile.objects.get(kind="marked_roster")
    assert f"{reverse('common:file', args=[file.key])}?save=1" in done
    assert preview in done  # and back to the roster
    answer = client.get(reverse("common:file", args=[file.key]) + "?save=1")
    assert answer["Content-Disposition"].startswith("attachment")
    large = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert {one.title: list(one.values) for one in large} == {one.title: list(one.values) for one in small}


def test_what_was_taken_meanwhile_is_not_marked(web: Web) -> None:
    client, upload = web.client("clerk"), scene.upload(web)
    address = reverse("employers:marked", args=[upload.enrolment.number, upload.file.key])
    job = client.post(address)["Location"]
    client.post(reverse("employers:upload", args=[upload.enrolment.number, upload.file.key]), {"rows": "good"})
    work.run_waiting()
    assert LongJob.objects.get(kind="mark_roster").state == "failed"
    assert "已采用、放弃或被新的上传取代" in client.get(job).content.decode()
    assert not StoredFile.objects.filter(kind="marked_roster").exists()
