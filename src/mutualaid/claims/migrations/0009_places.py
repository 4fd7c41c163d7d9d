"""Claims have a place in the order of their member's, which was that of complete filing; what was ordered for one may count for
another since they were put in another order."""

import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

import mutualaid.core.money
from mutualaid.core.append_only import append_only
from mutualaid.core.row_security import fenced

PLACES = """
UPDATE claims_claim c SET place = n.place
FROM (SELECT id, row_number() OVER (PARTITION BY member_id ORDER BY completed_at, number) AS place
      FROM claims_claim WHERE completed_at IS NOT NULL) n
WHERE c.id = n.id
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("claims", "0008_confirmed_by_an_office")]

    operations = [
        migrations.AddField("claim", "place", models.PositiveIntegerField(null=True)),
        migrations.RunSQL(PLACES, migrations.RunSQL.noop),
        migrations.RemoveConstraint("claim", "claim_order_of_a_member"),
        migrations.RemoveConstraint("claim", "claim_counts_once_complete"),
        migrations.AddConstraint(
            "claim",
            models.CheckConstraint(
                condition=models.Q(counts=False)
                | models.Q(completed_at__isnull=False, filed_on__isnull=False, place__isnull=False),
                name="claim_counts_once_complete",
            ),
        ),
        migrations.AddConstraint(
            "claim",
            models.UniqueConstraint(
                fields=("member", "place"),
                name="claim_place_of_a_member",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
        ),
        migrations.RemoveConstraint("reviewtask", "review_task_kind"),
        migrations.AlterField(
            "reviewtask",
            "kind",
            models.CharField(
                choices=[
                    ("objection", "申请人工复核"),
                    ("recalculated", "理算结果变动"),
                    ("reordered", "较早的住院后申请"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            "reviewtask",
            models.CheckConstraint(
                condition=models.Q(kind__in=["objection", "recalculated", "reordered"]), name="review_task_kind"
            ),
        ),
        migrations.CreateModel(
            "SetOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("plan", models.CharField(max_length=64)),
                ("period_from_on", models.DateField()),
                ("period_until_on", models.DateField()),
                ("amount", mutualaid.core.money.MoneyField()),
                ("at", models.DateTimeField()),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="set_offs", to="claims.claim"
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="claims.claim"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount", 0), _negated=True), name="set_off_amount"),
                    models.CheckConstraint(
                        condition=models.Q(("claim", django.db.models.expressions.F("other")), _negated=True),
                        name="set_off_against_another",
                    ),
                ],
            },
        ),
        append_only("claims_setoff"),
        fenced("claims_setoff", "claims_may_read(claim_id)"),
    ]
