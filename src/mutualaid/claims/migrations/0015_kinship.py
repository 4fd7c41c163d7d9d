"""Next of kin act for a member by their own telephone: what they ask and prove, which claims they filed, and who sees it."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import mutualaid.claims.models
from mutualaid.claims.fences import FUNCTION
from mutualaid.core.append_only import append_only
from mutualaid.core.encryption import EncryptedField, only_encrypted
from mutualaid.core.row_security import SELF, TOLD_PATHS, fenced

KINDS = [(kind, kind) for kind in ("resident_id", "hkmt_residence", "foreign_residence", "passport")]
STATES = [
    ("draft", "填写中"),
    ("submitted", "待核对"),
    ("returned", "待补证明"),
    ("accepted", "可以代办"),
    ("refused", "未通过"),
    ("withdrawn", "已撤回"),
    ("ended", "已终止"),
]
RELATIONS = [
    ("spouse", "配偶"),
    ("parent", "父母"),
    ("child", "子女"),
    ("sibling", "兄弟姐妹"),
    ("guardian", "监护人"),
    ("other", "其他受托人"),
]
REASONS = [
    ("deceased", "已身故"),
    ("unable", "重病或昏迷，不能自己办理"),
    ("minor", "未成年"),
    ("mandate", "书面委托"),
]
ENDED = [("staff", "经办机构终止"), ("member", "会员本人收回"), ("kin", "代办人自己放弃"), ("expired", "到期")]

# The claims that whoever asks filed as next of kin, while that is in force. In PL/pgSQL: a connection keeps its plans.
ASKED = """
CREATE FUNCTION claims_of_kin() RETURNS bigint[] LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who text := substring(coalesce(current_setting('mutualaid.holder', true), '') FROM '^member:([0-9]{1,18})$');
BEGIN
    IF who IS NULL THEN
        RETURN '{}';
    END IF;
    RETURN (
        SELECT coalesce(array_agg(x.claim_id), '{}')
        FROM claims_kinship k JOIN claims_kinclaim x ON x.kinship_id = k.id
        WHERE k.account_id = who::bigint AND k.state = 'accepted');
END $$;
CREATE FUNCTION claims_numbers_of_kin() RETURNS text[] LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN (SELECT coalesce(array_agg(c.number::text), '{}') FROM claims_claim c WHERE c.id = ANY (claims_of_kin()));
END $$;
CREATE POLICY claims_claim_kin ON claims_claim FOR SELECT USING (id = ANY ((SELECT claims_of_kin())::bigint[]));
CREATE POLICY payouts_paymentorder_kin ON payouts_paymentorder FOR SELECT
    USING (reference = ANY ((SELECT claims_numbers_of_kin())::text[]));
"""
UNASKED = """
DROP POLICY payouts_paymentorder_kin ON payouts_paymentorder;
DROP POLICY claims_claim_kin ON claims_claim;
DROP FUNCTION claims_numbers_of_kin();
DROP FUNCTION claims_of_kin();
"""
BEFORE = FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
MAY_READ = BEFORE.replace(
    "OR c.state IN ('draft', 'returned') AND core_is_holder(c.by_kind, c.by_key)",
    "OR c.state IN ('draft', 'returned') AND (c.source, c.by_kind) <> ('kin', 'member') AND core_is_holder(c.by_kind, c.by_key)"
    " OR c.source = 'kin' AND c.id = ANY (claims_of_kin())",
)
"""What a claim tells, to next of kin who filed it by telephone: in every state, and no longer than they act for the member."""
EXAMINED = import_module("mutualaid.claims.migrations.0012_seal_decisions").FUNCTION.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)
MAY_EXAMINE = EXAMINED.replace(
    "OR c.member_id = core_self()",
    "OR c.member_id = core_self()\n            OR c.source = 'kin' AND c.id = ANY (claims_of_kin())",
)
"""What was decided of it, likewise."""
_MINE = "core_is_holder('member', account_id::text)"
_OF_KINSHIP = "EXISTS (SELECT FROM claims_kinship k WHERE k.id = kinship_id)"


def _to(model: str, name: str, **more: Any) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=name, to=model, **more)


def _kind() -> models.CharField[Any, Any]:
    return models.CharField(choices=KINDS, max_length=20)


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [
        ("claims", "0014_void_covers_of_a_merge"),
        ("core", "0004_files_and_jobs"),
        ("payouts", "0004_two_persons_by_hand"),
        ("people", "0017_kin"),
    ]
    operations: ClassVar = [
        migrations.RunSQL("CREATE SEQUENCE claims_kinship_number", "DROP SEQUENCE claims_kinship_number"),
        migrations.CreateModel(
            name="Kinship",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.claims.models.KinshipNumber(), editable=False, max_length=20, unique=True
                    ),
                ),
                ("name", models.CharField(max_length=50)),
                ("identity_kind", _kind()),
                ("identity_number", EncryptedField()),
                ("told_name", models.CharField(max_length=50)),
                ("told_identity_kind", _kind()),
                ("told_identity_number", EncryptedField()),
                ("told_employer", models.CharField(blank=True, max_length=100)),
                ("relation", models.CharField(choices=RELATIONS, max_length=10)),
                ("why", models.CharField(choices=REASONS, max_length=10)),
                ("unit_path", models.CharField(max_length=200)),
                ("state", models.CharField(choices=STATES, default="draft", max_length=9)),
                ("begun_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("answer", EncryptedField(null=True)),
                ("checked_by", models.CharField(blank=True, max_length=64)),
                ("checked_name", models.CharField(blank=True, max_length=50)),
                ("checked_at", models.DateTimeField(null=True)),
                ("expires_on", models.DateField(null=True)),
                ("ended_why", models.CharField(blank=True, choices=ENDED, max_length=8)),
                ("ended_at", models.DateTimeField(null=True)),
                ("account", _to("people.account", "kinships")),
                ("asked_office", _to("people.unit", "+")),
                ("member", _to("people.member", "kinships", null=True)),
                ("office", _to("people.unit", "kinships")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["account", "-id"], name="kinship_of_account"),
                    models.Index(fields=["member"], condition=Q(state="accepted"), name="kinship_over_member"),
                    models.Index(fields=["submitted_at", "id"], condition=Q(state="submitted"), name="kinship_queue"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=Q(state__in=[one for one, _ in STATES]), name="kinship_state"),
                    models.CheckConstraint(
                        condition=Q(relation__in=[one for one, _ in RELATIONS]), name="kinship_relation"
                    ),
                    models.CheckConstraint(condition=Q(why__in=[one for one, _ in REASONS]), name="kinship_why"),
                    models.CheckConstraint(
                        condition=~Q(state__in=["accepted", "ended"])
                        | Q(member__isnull=False, expires_on__isnull=False) & ~Q(checked_name=""),
                        name="kinship_accepted_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=Q(state="ended", ended_why__in=[one for one, _ in ENDED], ended_at__isnull=False)
                        | ~Q(state="ended") & Q(ended_why="", ended_at=None),
                        name="kinship_ended_by_something",
                    ),
                    models.UniqueConstraint(
                        fields=["account", "member"], condition=Q(state="accepted"), name="kinship_in_force_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KinPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=30)),
                ("at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                    ),
                ),
                ("kinship", _to("claims.kinship", "papers")),
            ],
            options={"indexes": [models.Index(fields=["kinship", "id"], name="kin_paper_of_kinship")]},
        ),
        migrations.CreateModel(
            name="KinClaim",
            fields=[
                (
                    "claim",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="by_kin",
                        serialize=False,
                        to="claims.claim",
                    ),
                ),
                ("kinship", _to("claims.kinship", "claims")),
            ],
        ),
        only_encrypted("claims_kinship", "identity_number", "told_identity_number", "answer"),
        append_only("claims_kinclaim"),
        fenced(
            "claims_kinship",
            f"unit_path ^@ ANY ({TOLD_PATHS}) OR {_MINE}",
            read=f"member_id = {SELF} AND state IN ('accepted', 'ended')",
        ),
        fenced(
            "claims_kinpaper",
            f"EXISTS (SELECT FROM claims_kinship k WHERE k.id = kinship_id AND"  # nosec B608
            f" (k.unit_path ^@ ANY ({TOLD_PATHS}) OR core_is_holder('member', k.account_id::text)))",
        ),
        fenced("claims_kinclaim", _OF_KINSHIP),
        migrations.RunSQL(ASKED, UNASKED),
        migrations.RunSQL(MAY_READ, BEFORE),
        migrations.RunSQL(MAY_EXAMINE, EXAMINED),
    ]
