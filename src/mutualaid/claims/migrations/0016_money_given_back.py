"""What members give back of what was paid too much, and named persons who see to what is due and not ordered."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import mutualaid.core.money
from mutualaid.core.append_only import append_only
from mutualaid.core.row_security import fenced


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("claims", "0015_kinship"),
        ("contributions", "0004_given_back"),
        ("people", "0016_standing_planned_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RepaidPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("plan", models.CharField(max_length=64)),
                ("period_from_on", models.DateField()),
                ("period_until_on", models.DateField()),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
            ],
        ),
        migrations.CreateModel(
            name="Repayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待复核"), ("confirmed", "已确认"), ("refused", "未通过")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("remark", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="UnpaidTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("missing_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                ("opened_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                (
                    "state",
                    models.CharField(choices=[("open", "待处理"), ("done", "已处理")], default="open", max_length=4),
                ),
                ("closed_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="settlement",
            name="settlement_adds_up",
        ),
        migrations.RemoveConstraint(
            model_name="settlement",
            name="settlement_amounts",
        ),
        migrations.AddField(
            model_name="settlement",
            name="repaid_amount",
            field=mutualaid.core.money.MoneyField(decimal_places=2, default=0, max_digits=14),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    entitled_amount=models.F("paid_amount")
                    + models.F("open_amount")
                    + models.F("set_off_amount")
                    - models.F("repaid_amount")
                    + models.F("ordered_amount")
                    + models.F("held_amount")
                    - models.F("overpaid_amount")
                ),
                name="settlement_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("held_amount__gte", 0),
                    ("open_amount__gte", 0),
                    ("ordered_amount__gte", 0),
                    ("paid_amount__gte", 0),
                    ("repaid_amount__gte", 0),
                ),
                name="settlement_amounts",
            ),
        ),
        migrations.AddField(
            model_name="repayment",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="repayment",
            name="claim",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="repayments", to="claims.claim"
            ),
        ),
        migrations.AddField(
            model_name="repayment",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="repayment",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contributions.payment"
            ),
        ),
        migrations.AddField(
            model_name="repaidpart",
            name="repayment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="claims.repayment"
            ),
        ),
        migrations.AddField(
            model_name="unpaidtask",
            name="claim",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="unpaid_tasks", to="claims.claim"
            ),
        ),
        migrations.AddField(
            model_name="unpaidtask",
            name="staff",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.staff"),
        ),
        migrations.AddConstraint(
            model_name="repayment",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "confirmed", "refused"])), name="repayment_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="repayment",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="repayment_amount"),
        ),
        migrations.AddConstraint(
            model_name="repayment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "confirmed"), _negated=True),
                    models.Q(
                        ("decided_by__isnull", False), models.Q(("decided_by", models.F("asked_by")), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="repayment_of_two_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="repayment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("claim",), name="repayment_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="repayment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "refused"), _negated=True),
                fields=("payment",),
                name="repayment_of_payment_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="repaidpart",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="repaid_part_amount"),
        ),
        migrations.AddIndex(
            model_name="unpaidtask",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["staff", "due_on"], name="unpaid_task_queue"
            ),
        ),
        migrations.AddConstraint(
            model_name="unpaidtask",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "done"])), name="unpaid_task_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="unpaidtask",
            constraint=models.CheckConstraint(condition=models.Q(("missing_amount__gt", 0)), name="unpaid_task_amount"),
        ),
        migrations.AddConstraint(
            model_name="unpaidtask",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("claim",), name="unpaid_task_open_once"
            ),
        ),
        append_only("claims_repaidpart"),
        fenced("claims_repayment", "claims_may_read(claim_id)"),
        # Seen with what was given back, which is under its own fence.
        fenced("claims_repaidpart", "EXISTS (SELECT FROM claims_repayment r WHERE r.id = repayment_id)"),
        fenced("claims_unpaidtask", "claims_may_read(claim_id)"),
    ]
