"""What tests of packages share: single plans as those of 杭州, a package of three groups, and its roster."""

from __future__ import annotations

import hashlib

from mutualaid.core.models import LongJob
from mutualaid.enrolment.actions.package_rosters import bring_package_roster, take_package_rows
from mutualaid.enrolment.actions.packages import begin_package
from mutualaid.enrolment.composition import GroupWanted, PlanWanted
from mutualaid.enrolment.package_models import GroupRule, Package
from mutualaid.people.models import Unit
from mutualaid.plans.models import PlanVersion
from tests.enrolment.rosters import FIXED, HEADERS, PLAN, workbook
from tests.people.cast import AT, BY, ON, Cast, resident_id

COLUMNS = [*HEADERS, "参保组"]


def plan(office: Unit, name: str, title: str, fee: int, *, women: bool = False, more: str = "") -> PlanVersion:
    """A published plan, offered from the day of the tests on."""
    text = PLAN.format(plan=name, family=name, term=FIXED, most=1, more=more, fee=fee)
    text = text.replace("示例互助保障", title).replace("up_to: 60}", "up_to: 60, sex: F}" if women else "up_to: 60}")
    return PlanVersion.objects.create(
        office=office, plan=name, family=name, name_zh=title, text=text, sha256=hashlib.sha256(text.encode()).hexdigest(),
        state="published", drafted_at=AT, published_at=AT, offered_from_on=ON,
    )  # fmt: skip


def plans(cast: Cast) -> dict[str, PlanVersion]:
    """Three as those of 杭州 (36, 60, 20 yuan), of which the third is for women; one that is only taken on top of the first, and
    one that excludes the second."""
    made = (
        plan(cast.province, "medical", "住院医疗", 36),
        plan(cast.province, "illness", "重大疾病", 60),
        plan(cast.province, "women", "女职工特殊疾病", 20, women=True),
        plan(cast.province, "extra", "住院加投", 15, more="on_top_of: {plans: [medical], clause: 第八条}"),
        plan(cast.province, "other", "重疾乙款", 30, more="excludes: {plans: [illness], clause: 第八条}"),
    )
    return {one.plan: one for one in made}


def group(name: str, rule: str, *of: PlanVersion, word: str = "", share: int | None = None) -> GroupWanted:
    wanted = [PlanWanted(one, member_share=share) for one in of]
    return GroupWanted(name, GroupRule(rule), wanted, word)


def begun(cast: Cast, known: dict[str, PlanVersion], **more: object) -> Package:
    """一线 in the first two plans, women beside that in the third, everybody else in the first."""
    told = {
        "employer": cast.mill, "name": "2025 综合保障", "headcount": 20, "women_headcount": 10,
        "groups": [
            group("一线", "word", known["medical"], known["illness"]),
            group("女职工", "sex", known["medical"], known["illness"], known["women"], word="F", share=5000),
            group("其余", "everybody", known["medical"]),
        ],
    } | more  # fmt: skip
    return begin_package(**told, by=BY, at=AT)  # type: ignore[arg-type]


def row(order: int, word: str = "") -> list[str]:
    told = {
        "姓名": f"林晓{'禾苗木水土石山川'[order % 8]}",
        "证件种类": "居民身份证",
        "证件号码": resident_id(order=order),
    }
    return [*(told.get(header, "") for header in HEADERS), word]


def bring(package: Package, rows: list[list[str]]) -> None:
    made = bring_package_roster(
        package=package, content=workbook(rows, headers=COLUMNS), name="花名册.xlsx", by=BY, at=AT
    )
    assert not isinstance(made, LongJob)


# Even orders are women's.
GOOD = [row(11, "一线"), row(12, "一线"), row(14), row(16), row(13)]


def filled(cast: Cast, known: dict[str, PlanVersion], **more: object) -> Package:
    package = begun(cast, known, **more)
    bring(package, GOOD)
    assert take_package_rows(package=package, leave_out_faulty=False, by=BY, at=AT) == 5
    return package
