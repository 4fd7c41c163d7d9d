"""The member agrees, signs and files in one; the form that is printed."""

from __future__ import annotations

import datetime
import struct
import zlib

import pytest

from mutualaid.claims.actions.drafting import begin_claim
from mutualaid.claims.actions.signing import ASKED, NotSigned, Outdated, sign_and_file
from mutualaid.claims.application import application_facts, application_pdf
from mutualaid.claims.models import Claim, ClaimPaper, Source
from mutualaid.claims.refusals import Unfinished
from mutualaid.people.consents import current_text
from mutualaid.people.models import Consent
from tests.claims.drafts import FACTS, herself, page, told, unsigned
from tests.claims.scene import DAY, Scene

pytestmark = pytest.mark.django_db
AGREED = {purpose: current_text(purpose).version for purpose in ASKED}


def drawing(width: int = 120, height: int = 40, told_height: int = 0) -> bytes:
    """A PNG with strokes on it; ``told_height``: another than it has."""
    rows = b"".join(
        b"\0" + bytes(255 * ((x * 7919 + y * 104729) % 97 > 20) for x in range(width)) for y in range(height)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, told_height or height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_consents_signature_and_filing_are_one(scene: Scene) -> None:
    claim, by = unsigned(scene), herself(scene)
    filed = sign_and_file(claim=claim, agreed=AGREED, drawn=drawing(), by=by, at=scene.now())
    assert (filed.state, filed.counts) == ("first_review", True)
    assert Consent.objects.filter(member=scene.lin, given=True, purpose__in=ASKED).count() == 2
    again = sign_and_file(claim=claim, agreed=AGREED, drawn=drawing(), by=by, at=scene.now())
    assert (again.pk, again.completed_at) == (filed.pk, filed.completed_at)
    assert Consent.objects.filter(member=scene.lin).count() == 2


def test_what_is_unfinished_leaves_no_consent_and_no_signature(scene: Scene) -> None:
    claim = told(scene, begin_claim(member=scene.lin, source=Source.MEMBER, by=herself(scene), at=scene.now()), FACTS)
    with pytest.raises(Unfinished) as refusal:
        sign_and_file(claim=claim, agreed=AGREED, typed="林晓禾", by=herself(scene), at=scene.now())
    words = [word for word, _, _ in refusal.value.missing]
    assert words == ["payee", "identity", "settlement", "invoice", "record"]
    assert not Consent.objects.exists()
    assert not ClaimPaper.objects.exists()


def test_a_signature_is_the_members_own_and_the_text_is_todays(scene: Scene) -> None:
    claim, by = unsigned(scene), herself(scene)
    with pytest.raises(NotSigned):
        sign_and_file(claim=claim, agreed=AGREED, typed="尉迟安", by=by, at=scene.now())
    with pytest.raises(NotSigned):
        sign_and_file(claim=claim, agreed=AGREED, drawn=b"\x89PNG\r\n\x1a\n", by=by, at=scene.now())
    with pytest.raises(Outdated):
        sign_and_file(claim=claim, agreed=dict.fromkeys(ASKED, "1999-1"), typed="林晓禾", by=by, at=scene.now())
    filed = sign_and_file(claim=claim, agreed=AGREED, typed=" 林晓禾 ", by=by, at=scene.now())
    assert filed.papers.get(word="signature").file.media_type == "application/pdf"


@pytest.mark.parametrize("of", ["broken", "cut off", "huge", "too many rows"])
def test_a_drawing_that_could_not_be_printed_is_no_signature(scene: Scene, of: str) -> None:
    whole = drawing()
    pictures = {
        "broken": whole[:8] + b"x" * 300,
        "cut off": whole[:-12],
        "huge": drawing(5000, 20),
        "too many rows": drawing(told_height=39),
    }
    claim = unsigned(scene)
    with pytest.raises(NotSigned):
        sign_and_file(claim=claim, agreed=AGREED, drawn=pictures[of], by=herself(scene), at=scene.now())


def test_days_on_the_form_are_chinas(scene: Scene) -> None:
    at = datetime.datetime(2026, 3, 31, 16, 30, tzinfo=datetime.UTC)  # half past midnight on the first of April
    filed = sign_and_file(claim=unsigned(scene), agreed=AGREED, drawn=drawing(), by=herself(scene), at=at)
    row = Claim.objects.select_related("particulars", "member", "employer__unit", "office").get(pk=filed.pk)
    text = str(application_facts(claim=row, lang="zh"))
    assert "2026-04-01" in text
    assert "2026-03-31" not in text


def test_a_button_pressed_twice_begins_one_claim(scene: Scene) -> None:
    begin = {"member": scene.lin, "source": Source.MEMBER, "by": herself(scene), "at": scene.now()}
    one, two = (begin_claim(kind="inpatient", **begin) for _ in range(2))  # type: ignore[arg-type]
    assert one.pk == two.pk
    page(scene, one, "invoice")
    assert begin_claim(kind="inpatient", **begin).pk != one.pk  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_form_is_printed_as_a_draft_and_when_filed(scene: Scene, lang: str) -> None:
    empty = begin_claim(member=scene.lin, source=Source.MEMBER, by=herself(scene), at=scene.now())
    assert application_pdf(claim=empty, lang=lang, on=DAY).startswith(b"%PDF")
    claim = unsigned(scene)
    filed = sign_and_file(claim=claim, agreed=AGREED, drawn=drawing(), by=herself(scene), at=scene.now())
    assert application_pdf(claim=filed, lang=lang, on=DAY).startswith(b"%PDF")
    row = Claim.objects.select_related("particulars", "member", "employer__unit", "office").get(pk=filed.pk)
    text = str(application_facts(claim=row, lang=lang))
    assert scene.lin.identity_number not in text
    assert "6217000" not in text
    assert "海市第一医院" in text


def test_the_day_of_a_consent_is_that_of_the_installation(scene: Scene) -> None:
    evening = datetime.datetime(DAY.year, DAY.month, DAY.day, 20, 30, tzinfo=datetime.UTC)
    claim = unsigned(scene)
    filed = sign_and_file(claim=claim, agreed=AGREED, drawn=drawing(), by=herself(scene), at=evening)
    row = Claim.objects.select_related("particulars", "member", "employer__unit", "office").get(pk=filed.pk)
    text = str(application_facts(claim=row, lang="zh"))
    assert f"已于 {DAY + datetime.timedelta(days=1)} 同意" in text
