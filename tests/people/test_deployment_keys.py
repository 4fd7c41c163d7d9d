"""The check of a deployment notices keys that do not open what members' columns hold."""

from __future__ import annotations

import pytest

from mutualaid.core.deployment import findings
from mutualaid.core.encryption import new_keys
from mutualaid.people.models import Level
from tests.people import cast


@pytest.mark.django_db
def test_other_keys_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    province = cast.unit(Level.PROVINCE, cast.unit(Level.NATIONAL, None, "N", "全国"), "P", "某省")
    city = cast.unit(Level.CITY, province, "C", "某市")
    cast.member(cast.employer(cast.unit(Level.COUNTY, city, "X", "某区"), 1), 2, "林小满")
    assert {finding.name: finding.good for finding in findings()}["field_key"]
    monkeypatch.setenv("MUTUALAID_FIELD_KEY", new_keys())
    found = {finding.name: finding for finding in findings()}["field_key"]
    assert not found.good
    assert "MUTUALAID_FIELD_KEY" in found.zh
