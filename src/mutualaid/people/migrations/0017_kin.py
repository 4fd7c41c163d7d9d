"""Somebody who is no member opens an account of 会员端 to act for a relative: who they say they are."""

from __future__ import annotations

from importlib import import_module
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from mutualaid.core.encryption import EncryptedField, only_encrypted
from mutualaid.core.row_security import TOLD_PATHS, fenced

KINDS = ["resident_id", "hkmt_residence", "foreign_residence", "passport"]
BEFORE: str = import_module("mutualaid.people.migrations.0016_standing_planned_once").FUNCTION
_MEMBER = "SELECT jsonb_build_object('member', m.id, 'name', m.name) FROM people_member m WHERE m.account_id = account"
# A member stands as one; who is none, for a relative.
STANDING = BEFORE.replace(
    f"""RETURN (
            {_MEMBER});""",
    f"""RETURN coalesce((
            {_MEMBER}), (
            SELECT jsonb_build_object('member', NULL, 'name', k.name) FROM people_kin k WHERE k.account_id = account));""",  # noqa: S608 - nothing but our own words  # nosec B608
)


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("people", "0016_standing_planned_once")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Kin",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="kin",
                        serialize=False,
                        to="people.account",
                    ),
                ),
                ("name", models.CharField(max_length=50)),
                ("identity_kind", models.CharField(choices=[(kind, kind) for kind in KINDS], max_length=20)),
                ("identity_number", EncryptedField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(identity_kind__in=KINDS), name="kin_identity_kind"),
                    models.CheckConstraint(condition=~Q(name=""), name="kin_is_named"),
                ],
            },
        ),
        only_encrypted("people_kin", "identity_number"),
        fenced("people_kin", f"'/' ^@ ANY ({TOLD_PATHS}) OR core_is_holder('member', account_id::text)"),
        migrations.RunSQL(STANDING, BEFORE),
    ]
