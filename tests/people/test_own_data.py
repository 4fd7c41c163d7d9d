"""What members change of their own data."""

from __future__ import annotations

import pytest

from mutualaid.core.models import AuditEntry
from mutualaid.people.access import NotFound, member_self
from mutualaid.people.actions.members import ConsentStands, decline_consent, give_consent, withdraw_consent
from mutualaid.people.actions.own_data import (
    ConsentLacking,
    Unchanged,
    change_bank_card,
    change_contact,
    remove_bank_card,
)
from mutualaid.people.contacts import NotAContact
from mutualaid.people.models import Member, Purpose
from mutualaid.people.queries import consents_of, employments_of, members_found, record_of, standing_consent
from tests.people.cast import AT, BY, Cast, as_clerk

CARD = "6222020000000000000"


def agreed(member: Member, purpose: Purpose = Purpose.BANK_ACCOUNT) -> None:
    give_consent(member=member, purpose=purpose, version="2025-1", by=BY, at=AT)


def test_another_phone_is_found_again_and_the_trail_does_not_tell_it(cast: Cast) -> None:
    changed = change_contact(member=cast.lin, phone="139 0000 0077", by=BY, at=AT)
    assert changed.phone == "13900000077"
    assert list(members_found(among=Member.objects.all(), text="13900000077")) == [cast.lin]
    assert "13900000077" not in str(AuditEntry.objects.filter(what="change_contact").values())
    with pytest.raises(Unchanged):
        change_contact(member=cast.lin, phone="+86 13900000077", by=BY, at=AT)
    with pytest.raises(NotAContact):
        change_contact(member=cast.lin, phone="12345", by=BY, at=AT)


def test_a_bank_card_needs_a_consent_of_its_own_and_passes_its_check(cast: Cast) -> None:
    with pytest.raises(ConsentLacking):
        change_bank_card(member=cast.lin, bank_card=CARD, by=BY, at=AT)
    agreed(cast.lin)
    with pytest.raises(NotAContact):
        change_bank_card(member=cast.lin, bank_card=CARD[:-1] + "1", by=BY, at=AT)
    assert change_bank_card(member=cast.lin, bank_card="6222 0200 0000 0000 000", by=BY, at=AT).bank_card == CARD
    with pytest.raises(Unchanged):
        change_bank_card(member=cast.lin, bank_card=CARD, by=BY, at=AT)


def test_a_card_is_removed_once_and_goes_with_the_consent(cast: Cast) -> None:
    agreed(cast.lin)
    change_bank_card(member=cast.lin, bank_card=CARD, by=BY, at=AT)
    assert remove_bank_card(member=cast.lin, by=BY, at=AT).bank_card is None
    with pytest.raises(Unchanged):
        remove_bank_card(member=cast.lin, by=BY, at=AT)
    change_bank_card(member=cast.lin, bank_card=CARD, by=BY, at=AT)
    withdraw_consent(member=cast.lin, purpose=Purpose.BANK_ACCOUNT, by=BY, at=AT)
    found = Member.objects.get(pk=cast.lin.pk)
    assert (found.bank_card, found.bank_card_index) == (None, None)
    assert AuditEntry.objects.filter(what="remove_bank_card").count() == 2


def test_who_declines_was_asked_and_does_not_agree(cast: Cast) -> None:
    decline_consent(member=cast.lin, purpose=Purpose.MESSAGES, version="2025-1", by=BY, at=AT)
    assert standing_consent(member=cast.lin, purpose=Purpose.MESSAGES) is None
    assert [purpose for purpose, row in consents_of(member=cast.lin).items() if not row.given] == [Purpose.MESSAGES]
    agreed(cast.lin, Purpose.MESSAGES)
    with pytest.raises(ConsentStands):
        decline_consent(member=cast.lin, purpose=Purpose.MESSAGES, version="2025-1", by=BY, at=AT)


def test_what_a_member_reads_of_themselves(cast: Cast) -> None:
    assert [entry.what for entry in record_of(member=cast.lin)] == ["register_member"]
    assert [row.employer for row in employments_of(member=cast.lin)] == [cast.mill]
    with pytest.raises(NotFound):
        member_self(actor=as_clerk(cast.clerk))
