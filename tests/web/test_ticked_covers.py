"""管理端's list of covers: several are ticked, and fees are asked back for all of them in one request."""

from __future__ import annotations

from django.urls import reverse

from mutualaid.contributions.models import RefundRequest
from tests.web import pages_refunds as scene
from tests.web.cast import Web


def test_ticked_covers_are_asked_for_together(web: Web) -> None:
    cover = scene.cover(web)
    ticked = f'name="cover" value="{cover.number}"'
    office, covers = web.client("enrolment_clerk"), reverse("workbench:covers")
    page = office.get(covers).content.decode()
    assert ticked in page
    assert f'action="{reverse("workbench:refund_request_new")}"' in page
    # Nothing ticked: told, and back to the list.
    answer = office.get(reverse("workbench:refund_request_new"), follow=True)
    assert answer.redirect_chain == [(covers, 302)]
    assert "请先在保障列表里勾选要退费的保障" in answer.content.decode()
    answer = office.post(
        f"{reverse('workbench:refund_request_new')}?cover={cover.number}", scene.ASKED | {"confirm": "1"}
    )
    assert answer.status_code == 302
    assert [one.cover for one in RefundRequest.objects.get().items.all()] == [cover]


def test_whoever_may_not_ask_sees_no_boxes(web: Web) -> None:
    cover = scene.cover(web)
    page = web.client("reviewer").get(reverse("workbench:covers")).content.decode()
    assert cover.number in page
    assert 'name="cover"' not in page
    assert "申请退费" not in page
