"""Lines that were set against a channel by mistake are undone, by somebody else than who entered it; days without trade."""

import django.db.models.deletion
from django.db import migrations, models

from mutualaid.core.append_only import append_only
from mutualaid.core.row_security import fenced

_WHO_ENTERED_IT = """
ALTER TABLE contributions_channeltransfer DISABLE TRIGGER contributions_channeltransfer_append_only;
UPDATE contributions_channeltransfer t SET entered_by = a.actor_key
FROM core_auditentry a
WHERE a.subject = 'contributions.channeltransfer:' || t.id AND a.what IN ('channel_settled', 'channel_fees_made_good');
ALTER TABLE contributions_channeltransfer ENABLE TRIGGER contributions_channeltransfer_append_only;
"""
OF_TRANSFER = "EXISTS (SELECT FROM contributions_channeltransfer t WHERE t.id = transfer_id)"


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("contributions", "0015_refunds_by_payer"),
        ("core", "0008_stages_of_a_job"),
    ]

    operations = [
        migrations.CreateModel(
            name="TransferUndoing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entered_by", models.CharField(blank=True, max_length=64)),
                ("by", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=50)),
                ("why", models.CharField(max_length=200)),
                ("days", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="reconciliation",
            name="reconciliation_state",
        ),
        migrations.AddField(
            model_name="channeltransfer",
            name="again",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="channeltransfer",
            name="entered_by",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="channeltransfer",
            name="line",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="transfers", to="contributions.statementline"
            ),
        ),
        migrations.AlterField(
            model_name="reconciliation",
            name="state",
            field=models.CharField(
                choices=[("waiting", "待取账单"), ("differs", "有差异"), ("agrees", "已对平"), ("empty", "无交易")],
                default="waiting",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="channeltransfer",
            constraint=models.UniqueConstraint(fields=("line", "again"), name="transfer_once_for_a_line"),
        ),
        migrations.AddConstraint(
            model_name="reconciliation",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "differs", "agrees", "empty"])),
                name="reconciliation_state",
            ),
        ),
        migrations.AddField(
            model_name="transferundoing",
            name="transfer",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="undoing", to="contributions.channeltransfer"
            ),
        ),
        migrations.AddConstraint(
            model_name="transferundoing",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("by", models.F("entered_by")), _negated=True),
                    models.Q(("by", ""), _negated=True),
                    models.Q(("why", ""), _negated=True),
                ),
                name="transfer_undone_by_another",
            ),
        ),
        migrations.RunSQL(_WHO_ENTERED_IT, migrations.RunSQL.noop),
        fenced("contributions_transferundoing", OF_TRANSFER),
        append_only("contributions_transferundoing"),
    ]
