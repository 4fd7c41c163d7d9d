"""Two members who are one person are merged, by two persons; what a double had used up is written again for the member."""

from typing import Any, ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

import mutualaid.claims.models
from mutualaid.core.encryption import EncryptedField, only_encrypted
from mutualaid.core.row_security import fenced
from mutualaid.people.merged import nothing_new

STATES = [("proposed", "待确认"), ("done", "已合并"), ("refused", "不予合并"), ("withdrawn", "已撤回")]


def _to(model: str, name: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name=name, to=model)


def _copied(model: str) -> migrations.AddField:
    field = models.OneToOneField(
        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=f"claims.{model}"
    )
    return migrations.AddField(model_name=model, name="copied_from", field=field)


def _seen(column: str) -> str:
    """Whether an office in whose branch a member is asks; employers' clerks, who see members too, do not."""
    return (
        f"EXISTS (SELECT FROM people_member m WHERE m.id = {column}"  # nosec B608
        " AND m.unit_ids && (SELECT claims_told_offices())::bigint[])"
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("claims", "0010_settlement"),
        ("people", "0015_doubles"),
        ("enrolment", "0005_nothing_for_doubles"),
    ]
    operations: ClassVar = [
        _copied("opening"),
        _copied("callnote"),
        migrations.RemoveConstraint(model_name="opening", name="opening_once"),
        migrations.AddConstraint(
            model_name="opening",
            constraint=models.UniqueConstraint(
                fields=["member", "family", "counter", "key"], condition=Q(copied_from=None), name="opening_once"
            ),
        ),
        migrations.RemoveConstraint(model_name="consumption", name="consumption_step_once"),
        migrations.AddConstraint(
            model_name="consumption",
            constraint=models.UniqueConstraint(
                fields=["member", "claim", "round", "family", "counter", "key", "step"], name="consumption_step_once"
            ),
        ),
        migrations.RunSQL("CREATE SEQUENCE claims_merge_number", "DROP SEQUENCE claims_merge_number"),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.claims.models.MergeNumber(), editable=False, max_length=20, unique=True
                    ),
                ),
                ("reason", EncryptedField()),
                ("state", models.CharField(choices=STATES, default="proposed", max_length=9)),
                ("proposed_by", models.CharField(max_length=64)),
                ("proposed_name", models.CharField(max_length=50)),
                ("proposed_at", models.DateTimeField()),
                ("decided_by", models.CharField(blank=True, max_length=64)),
                ("decided_name", models.CharField(blank=True, max_length=50)),
                ("decided_at", models.DateTimeField(null=True)),
                ("answer", EncryptedField(null=True)),
                ("moved", models.JSONField(default=dict)),
                ("kept", _to("people.member", "+")),
                ("merged", _to("people.member", "+")),
                ("office", _to("people.unit", "+")),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "-id"], name="claims_merg_state_b360b9_idx"),
                    models.Index(fields=["kept", "-id"], name="claims_merg_kept_id_2e0a60_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=Q(state__in=[state for state, _ in STATES]), name="merge_state"),
                    models.CheckConstraint(condition=~Q(kept=F("merged")), name="merge_of_two"),
                    models.CheckConstraint(
                        condition=Q(state__in=["proposed", "withdrawn"])
                        | ~Q(decided_by=F("proposed_by")) & ~Q(decided_by=""),
                        name="merge_by_two_persons",
                    ),
                    models.UniqueConstraint(
                        fields=["kept"], condition=Q(state="proposed"), name="merge_kept_proposed_once"
                    ),
                    models.UniqueConstraint(
                        fields=["merged"], condition=Q(state="proposed"), name="merge_merged_proposed_once"
                    ),
                    models.UniqueConstraint(fields=["merged"], condition=Q(state="done"), name="merge_done_once"),
                ],
            },
        ),
        only_encrypted("claims_merge", "reason", "answer"),
        fenced("claims_merge", f"{_seen('kept_id')} AND {_seen('merged_id')}"),
        nothing_new("claims_claim"),
        nothing_new("claims_opening"),
        nothing_new("claims_callnote"),
    ]
