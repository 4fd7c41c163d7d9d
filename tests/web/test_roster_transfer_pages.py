"""What the program of the page is told of a roster that comes in parts; what a second tab is told of a preview."""

from __future__ import annotations

from django.contrib.messages import get_messages
from django.urls import reverse

from mutualaid.enrolment.models import Enrolment, RosterTransfer, RosterUpload
from tests.web import employers_scene as scene
from tests.web.cast import Web
from tests.web.pages_roster_transfers import of_transfer, promised, transfer

JSON = {"Accept": "application/json"}


def test_a_transfer_that_is_gone_is_told_beside_the_file(web: Web) -> None:
    address = of_transfer("employers:transfer_completion")(web)
    RosterTransfer.objects.all().delete()
    answer = web.client("clerk").post(address, headers=JSON)
    assert answer.status_code == 404
    assert answer.json()["said"].startswith("没有找到该上传")


def test_a_draft_that_was_handed_in_is_told_beside_the_file(web: Web) -> None:
    number = transfer(web).enrolment.number
    Enrolment.objects.update(state="submitted")
    answer = web.client("clerk").post(reverse("employers:transfers", args=[number]), promised(web), headers=JSON)
    assert answer.status_code == 409
    assert answer.json()["said"].startswith("参保单应为填报中")


def test_what_the_page_cancels_is_not_said_again_by_the_next(web: Web) -> None:
    client = web.client("clerk")
    answer = client.post(of_transfer("employers:transfer")(web), headers=JSON)
    assert answer.status_code == 200
    assert not list(get_messages(answer.wsgi_request))
    assert not RosterTransfer.objects.exists()


def test_a_preview_that_was_replaced_is_not_taken(web: Web) -> None:
    upload = scene.upload(web)
    address = reverse("employers:upload", args=[upload.enrolment.number, upload.file.key])
    RosterUpload.objects.all().delete()
    client = web.client("clerk")
    answer = client.post(address, {"rows": "good"})
    assert answer.status_code == 409
    assert "该名单已放弃或被新的上传取代" in answer.content.decode()
    assert not upload.enrolment.rows.exists()
    assert client.get(address)["Location"] == reverse("employers:enrolment", args=[upload.enrolment.number])
