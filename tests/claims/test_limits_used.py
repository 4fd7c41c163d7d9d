"""What a member has used up of limits, as reviewers read it: by plan and period, of how much, what is left."""

from __future__ import annotations

import datetime
import hashlib

import pytest

from mutualaid.claims.history import Told
from mutualaid.claims.limits import limits_used
from mutualaid.claims.models import Claim
from mutualaid.claims.queries import touched_by, used_up
from mutualaid.people.models import Member
from mutualaid.plans.models import PlanVersion
from tests.claims.scene import PLAN, TERM, Scene, published
from tests.claims.test_claim_races import published_combination
from tests.people.cast import AT

pytestmark = pytest.mark.django_db


def test_limits_are_grouped_and_what_the_claim_touched_stands_first(scene: Scene) -> None:
    claim = scene.enter("600.00")
    scene.cover(scene.lin, scene.cast.mill, published(scene.cast.province, "a-second", cap=50_000))
    later = scene.enter("500.00")
    used = used_up(member_id=scene.lin.pk)
    groups = limits_used(member=scene.lin, used=used, touched=touched_by(claim=claim), lang="zh")
    assert (groups[0].plan, groups[0].touched) == ("海工住院互助", True)
    assert sum(group.touched for group in groups) < len(groups)
    mine = groups[0].rows[0]
    assert (mine.what, mine.used, mine.most, mine.left) == ("住院补助 金额（元）", "800.00", "1,000.00", "200.00")
    assert (mine.touched, mine.full) == (True, False)
    assert all(group.touched for group in limits_used(
        member=scene.lin, used=used, touched=touched_by(claim=later), lang="en") if group.rows[0].touched)  # fmt: skip


def test_a_limit_that_is_used_up_says_so(scene: Scene) -> None:
    claim = scene.enter("5000.00")
    found = limits_used(
        member=scene.lin, used=used_up(member_id=scene.lin.pk), touched=touched_by(claim=claim), lang="en"
    )
    row = next(row for group in found for row in group.rows if row.most)
    assert (row.used, row.left, row.full) == ("1,000.00", "0.00", True)
    assert limits_used(member=scene.lin, used={}, touched=set(), lang="zh") == []


# --- caps over several benefits, figures for the event at hand --------------------------------------------------------

SEVERAL = """
  - benefit: allowance
    name: {zh: 住院津贴, en: allowance}
    kinds: [inpatient]
    clause: 第六条
    days: {per_day: 50}
  - benefit: critical_illness
    name: {zh: 重大疾病补助, en: critical illness}
    kinds: [inpatient]
    clause: 第七条
    sum: {amount: 300}
    once: {per: life, clause: 第七条}
shared_caps:
  - name: {zh: 两项合计, en: both together}
    benefits: [inpatient, allowance]
    amount: [{when: {hospital_level: [3]}, value: 1200}, {value: 5000}]
    clause: 第八条
  - {benefits: [allowance, critical_illness], amount: 2000, clause: 第九条}
"""


def rows_of(scene: Scene, member: Member, claim: Claim, lang: str = "zh") -> list[tuple[str, str, str, str, str]]:
    """Each row that the claim touched, as it is told: of which plan, what, used, of how much, left."""
    groups = limits_used(
        member=member,
        used=used_up(member_id=member.pk),
        touched=touched_by(claim=claim),
        lang=lang,
        claim=Told(claim.pk, claim.number, claim.particulars.facts),
    )
    return [
        (group.plan, row.what, row.used, row.most, row.left) for group in groups for row in group.rows if row.touched
    ]


def several(scene: Scene) -> PlanVersion:
    """A plan with two caps over several benefits, one of which hangs on the hospital's grade."""
    return written(scene, "several", SEVERAL)


def written(scene: Scene, plan: str, more: str) -> PlanVersion:
    """The plan of the scene under another name, with ``more`` below its benefit."""
    text = PLAN.format(plan=plan, family=plan, term=TERM, cap=20_000, more="", per="period") + more.lstrip("\n")
    names = {"plan": plan, "family": plan, "name_zh": "海工住院互助", "text": text}
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    told = {"state": "published", "drafted_at": AT, "published_at": AT, "offered_from_on": datetime.date(2025, 3, 1)}
    return PlanVersion.objects.create(office=scene.cast.province, sha256=sha256, **names, **told)


def test_caps_over_several_benefits_are_told_with_their_figure(scene: Scene) -> None:
    scene.cover(scene.cast.wei, scene.cast.yard, several(scene))
    scene.enter("1100.00", member=scene.cast.wei)  # 800, 3 days, 300
    claim = scene.enter("300.00", member=scene.cast.wei)  # 240, of the allowance 10 are left of 1,200
    told = {what: figures for _, what, *figures in rows_of(scene, scene.cast.wei, claim)}
    assert told["两项合计 金额（元）"] == ["1,200.00", "1,200.00", "0.00"]
    assert told["住院补助 金额（元）"] == ["1,040.00", "20,000.00", "18,960.00"]
    assert told["住院津贴、重大疾病补助合计 金额（元）"] == ["460.00", "2,000.00", "1,540.00"]
    assert not any("重大疾病补助 次数" in what for what in told)  # the first claim had it
    english = [what for _, what, *_ in rows_of(scene, scene.cast.wei, claim, "en")]
    assert "both together amount (CNY)" in english


def test_what_is_paid_once_is_told_as_one_of_one(scene: Scene) -> None:
    scene.cover(scene.cast.wei, scene.cast.yard, several(scene))
    claim = scene.enter("1100.00", member=scene.cast.wei)
    told = {what: figures for _, what, *figures in rows_of(scene, scene.cast.wei, claim)}
    assert told["重大疾病补助 次数"] == ["1", "1", "0"]


def test_a_cap_across_plans_is_that_of_the_combination(scene: Scene) -> None:
    for plan in ("hai-a", "hai-b"):
        published(scene.cast.province, plan)
    scene.cover(scene.cast.wei, scene.cast.yard, published_combination(scene))
    claim = scene.enter("1000.00", member=scene.cast.wei)
    told = rows_of(scene, scene.cast.wei, claim)
    assert ("综合互助", "两项合计 金额（元）", "1,000.00", "1,000.00", "0.00") in told


def test_a_figure_that_hangs_on_more_than_the_event_is_left_to_the_working(scene: Scene) -> None:
    later = SEVERAL.replace("{hospital_level: [3]}", "{stay: {from: 2, up_to: 9}}")
    scene.cover(scene.cast.wei, scene.cast.yard, written(scene, "several", later))
    claim = scene.enter("1100.00", member=scene.cast.wei)
    told = {what: figures for _, what, *figures in rows_of(scene, scene.cast.wei, claim)}
    assert told["两项合计 金额（元）"] == ["950.00", "", ""]
