"""Nothing is given back for a cover that paid, or may have to; and what is given back ends what claims may count on."""

from __future__ import annotations

import datetime

import pytest

from mutualaid.claims.actions.refunding import approve_refund_request, ask_refunds
from mutualaid.contributions.actions.refunding import NothingBack
from mutualaid.contributions.models import Refund, RefundReason
from mutualaid.enrolment.models import Cover
from tests.claims.merges import double, paid_cover, plan_with_fee
from tests.claims.scene import Scene

pytestmark = pytest.mark.django_db


def test_a_cover_that_paid_or_may_have_to_keeps_its_fee(scene: Scene) -> None:
    two = double(scene)  # for its two persons of the office
    cover = paid_cover(scene, two.kept, scene.cast.mill, plan_with_fee(scene))
    cover = Cover.objects.select_related("version", "employer__unit").get(pk=cover.pk)
    ask = {"covers": [cover], "reason": RefundReason.NEVER_ELIGIBLE, "remark": "已退休", "by": two.proposing}
    request = ask_refunds(**ask, at=scene.now())  # type: ignore[arg-type]
    day = cover.from_on + datetime.timedelta(days=30)
    days = {"started_on": day.isoformat(), "ended_on": (day + datetime.timedelta(days=2)).isoformat()}
    claim = scene.enter(300, member=two.kept, **days)
    with pytest.raises(NothingBack, match=f"{cover.number}.*claim under way.*{claim.number}"):
        approve_refund_request(request=request, by=two.deciding, at=scene.now())
    scene.approve(claim)
    with pytest.raises(NothingBack, match=f"benefit.*{claim.number}"):
        approve_refund_request(request=request, by=two.deciding, at=scene.now())
    cover.refresh_from_db()
    assert (cover.state, Refund.objects.count()) == ("begun", 0)
    with pytest.raises(NothingBack, match="no open request"):
        ask_refunds(**ask, at=scene.now())  # type: ignore[arg-type]
