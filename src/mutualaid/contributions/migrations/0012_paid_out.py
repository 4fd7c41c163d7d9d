"""What channels pay out is a line of a bank's statement, held against the days of their files; and which column of a bank's
CSV is which is remembered."""

import django.db.models.deletion
from django.db import migrations, models

from mutualaid.core.append_only import append_only
from mutualaid.core.row_security import fenced, secured

OF_LINE = "EXISTS (SELECT FROM contributions_statementline l WHERE l.id = line_id)"  # by the fence of lines itself


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("contributions", "0011_bills_of_a_moved_employer"), ("ledger", "0004_transit")]

    operations = [
        migrations.AddField(model_name="order", name="in_transit", field=models.BooleanField(default=False)),
        migrations.AddField(model_name="order", name="given_up_at", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="reconciliation",
            name="settles_amount",
            field=models.DecimalField(decimal_places=2, max_digits=14, null=True),
        ),
        migrations.CreateModel(
            name="ChannelTransfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("settlement", "渠道结算"), ("fees", "补足支付服务费")], max_length=10),
                ),
                ("channel", models.CharField(blank=True, max_length=20)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "line",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfer",
                        to="contributions.statementline",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="reconciliation",
            name="transfer",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reconciliations",
                to="contributions.channeltransfer",
            ),
        ),
        migrations.AddConstraint(
            model_name="channeltransfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "settlement"), models.Q(("channel", ""), _negated=True)),
                    models.Q(("channel", ""), ("kind", "fees")),
                    _connector="OR",
                ),
                name="transfer_of_a_channel",
            ),
        ),
        migrations.CreateModel(
            name="StatementLayout",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.CharField(max_length=64)),
                ("columns", models.JSONField()),
                ("at", models.DateTimeField()),
                (
                    "fund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="layouts",
                        to="contributions.fund",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("fund", "fingerprint"), name="statement_layout_once")],
            },
        ),
        secured("contributions_statementlayout", "contributions_unit_path(fund_id)"),
        fenced("contributions_channeltransfer", OF_LINE),
        append_only("contributions_channeltransfer"),
    ]
