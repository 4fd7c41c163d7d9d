"""Real channels: how an order is paid, refunds at channels, days held against their files, and what differs."""

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.contributions.channel_models
import mutualaid.core.encryption
import mutualaid.core.money
from mutualaid.core.row_security import fenced, secured

SEQUENCES = ("contributions_channel_refund_number", "contributions_difference_number")
OF_PAYMENT = "EXISTS (SELECT FROM contributions_payment p WHERE p.id = payment_id)"
OF_DAY = "EXISTS (SELECT FROM contributions_reconciliation r WHERE r.id = reconciliation_id)"


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("contributions", "0009_fences_of_payers"),
        ("core", "0007_told_paths_inline"),
    ]

    operations = [
        *(migrations.RunSQL(f"CREATE SEQUENCE {name}", f"DROP SEQUENCE {name}") for name in SEQUENCES),
        migrations.CreateModel(
            name="ChannelRefund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.contributions.channel_models.ChannelRefundNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                    ),
                ),
                ("reference", models.CharField(max_length=32)),
                ("unit", models.CharField(max_length=30)),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待提交渠道"),
                            ("pending", "渠道处理中"),
                            ("unknown", "结果未知"),
                            ("done", "已退回"),
                            ("failed", "未退成"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("external", models.CharField(blank=True, max_length=64)),
                ("fault", models.CharField(blank=True, max_length=20)),
                ("why", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("reconciled_on", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Difference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.contributions.channel_models.DifferenceNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                    ),
                ),
                ("kind", models.CharField(choices=[("payment", "收款"), ("refund", "退款")], max_length=10)),
                (
                    "finding",
                    models.CharField(
                        choices=[
                            ("theirs_only", "渠道有、我方无"),
                            ("ours_only", "我方有、渠道无"),
                            ("other_amount", "金额不同"),
                            ("twice", "账单中重复"),
                        ],
                        max_length=20,
                    ),
                ),
                ("external_number", models.CharField(blank=True, max_length=64)),
                ("external", models.CharField(blank=True, max_length=64)),
                ("made_at", models.DateTimeField(null=True)),
                ("theirs_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("ours_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "待处理"),
                            ("taken_over", "已转暂收款"),
                            ("cleared", "已对上"),
                            ("closed", "已说明关闭"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("told", models.CharField(blank=True, max_length=10)),
                ("told_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("told_paid_at", models.DateTimeField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("remark", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(max_length=20)),
                ("day", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "待取账单"), ("differs", "有差异"), ("agrees", "已对平")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("tried_at", models.DateTimeField(null=True)),
                ("compared_at", models.DateTimeField(null=True)),
                ("payments", models.PositiveIntegerField(default=0)),
                ("payments_amount", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ("refunds", models.PositiveIntegerField(default=0)),
                ("refunds_amount", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ("fees_amount", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ("ours_payments", models.PositiveIntegerField(default=0)),
                ("ours_payments_amount", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ("ours_refunds", models.PositiveIntegerField(default=0)),
                ("ours_refunds_amount", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="payment",
            name="payment_by_bank_or_by_order",
        ),
        migrations.AddField(
            model_name="order",
            name="back",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="order",
            name="client_address",
            field=models.CharField(blank=True, max_length=45),
        ),
        migrations.AddField(
            model_name="order",
            name="paid_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="pay_code",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="order",
            name="pay_fields",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="order",
            name="payer",
            field=mutualaid.core.encryption.EncryptedField(null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="reconciled_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="way",
            field=models.CharField(default="page", max_length=10),
        ),
        migrations.AlterField(
            model_name="order",
            name="pay_address",
            field=models.CharField(blank=True, max_length=4000),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                condition=models.Q(("reconciled_on", None)),
                fields=["channel", "paid_at"],
                name="order_not_in_a_file_yet",
            ),
        ),
        migrations.AddField(
            model_name="channelrefund",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="channel_refunds", to="contributions.payment"
            ),
        ),
        migrations.AddField(
            model_name="difference",
            name="order",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="differences",
                to="contributions.order",
            ),
        ),
        migrations.AddField(
            model_name="difference",
            name="refund",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="differences",
                to="contributions.channelrefund",
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="difference",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="payment",
                to="contributions.difference",
            ),
        ),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("difference__isnull", True), ("line__isnull", False), ("order__isnull", True)),
                    models.Q(("difference__isnull", True), ("line__isnull", True), ("order__isnull", False)),
                    models.Q(("difference__isnull", False), ("line__isnull", True), ("order__isnull", True)),
                    _connector="OR",
                ),
                name="payment_from_one_source",
            ),
        ),
        migrations.AddField(
            model_name="reconciliation",
            name="file",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
            ),
        ),
        migrations.AddField(
            model_name="reconciliation",
            name="fund",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="reconciliations", to="contributions.fund"
            ),
        ),
        migrations.AddField(
            model_name="difference",
            name="reconciliation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="differences",
                to="contributions.reconciliation",
            ),
        ),
        migrations.AddIndex(
            model_name="channelrefund",
            index=models.Index(fields=["state", "asked_at"], name="contributio_state_e0b831_idx"),
        ),
        migrations.AddConstraint(
            model_name="channelrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["asked", "pending", "unknown", "done", "failed"])),
                name="channel_refund_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="channelrefund",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="channel_refund_amount"),
        ),
        migrations.AddConstraint(
            model_name="channelrefund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), _negated=True), ("done_at__isnull", False), _connector="OR"
                ),
                name="channel_refund_done_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="channelrefund",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "failed"), _negated=True),
                fields=("payment", "reference"),
                name="channel_refund_once",
            ),
        ),
        migrations.AddIndex(
            model_name="reconciliation",
            index=models.Index(fields=["fund", "-day"], name="contributio_fund_id_054a7f_idx"),
        ),
        migrations.AddConstraint(
            model_name="reconciliation",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "differs", "agrees"])), name="reconciliation_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="reconciliation",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "waiting"), ("compared_at__isnull", False), _connector="OR"),
                name="reconciliation_compared",
            ),
        ),
        migrations.AddConstraint(
            model_name="reconciliation",
            constraint=models.UniqueConstraint(fields=("channel", "day"), name="reconciliation_once"),
        ),
        migrations.AddIndex(
            model_name="difference",
            index=models.Index(fields=["state", "id"], name="contributio_state_d57041_idx"),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "taken_over", "cleared", "closed"])), name="difference_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "closed"), _negated=True),
                    models.Q(("remark", ""), _negated=True),
                    _connector="OR",
                ),
                name="difference_closed_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="difference",
            constraint=models.CheckConstraint(
                condition=models.Q(("theirs_amount__isnull", False), ("ours_amount__isnull", False), _connector="OR"),
                name="difference_of_an_amount",
            ),
        ),
        # Seen with the payment, and with the day, which are under their own fences.
        fenced("contributions_channelrefund", OF_PAYMENT),
        secured("contributions_reconciliation", "contributions_unit_path(fund_id)"),
        fenced("contributions_difference", OF_DAY),
    ]
