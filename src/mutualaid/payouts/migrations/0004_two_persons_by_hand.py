"""Results and accounts that finance enters by hand need a second person; what was stopped may be ordered again, once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import mutualaid.core.encryption
from mutualaid.core.encryption import only_encrypted
from mutualaid.core.row_security import fenced

_FUNCTION = """
CREATE OR REPLACE FUNCTION payouts_replace_order() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM payouts_paymentorder o WHERE o.id = NEW.replaces_id
            AND (o.reference, o.ordinal, o.amount, o.fund_id) = (NEW.reference, NEW.ordinal, NEW.amount, NEW.fund_id)
            AND {of_which}
    ) THEN
        RAISE EXCEPTION 'an order is made anew only for one known to have failed or come back{too}, for its amount: refused'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
_FAILED = "o.state IN ('failed', 'returned') AND coalesce(o.root_id, o.id) = NEW.root_id"
# What was stopped is booked anew, to the same account: its approval was undone.
_STOPPED = """o.state = 'stopped' AND NEW.root_id IS NULL
                AND (o.payee_name, o.bank_name, o.bank_code) = (NEW.payee_name, NEW.bank_name, NEW.bank_code)
                AND o.account_index = NEW.account_index"""
REPLACING = _FUNCTION.format(of_which=f"({_FAILED} OR {_STOPPED})", too=", or was stopped")
REPLACING_BEFORE = _FUNCTION.format(of_which=_FAILED, too="")


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("contributions", "0002_fences"),
        ("core", "0006_leaves"),
        ("payouts", "0003_seal_to_employers"),
        ("people", "0012_claims_scopes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AccountChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("payee_name", models.CharField(max_length=100)),
                ("account_number", mutualaid.core.encryption.EncryptedField()),
                ("bank_name", models.CharField(max_length=100)),
                ("bank_code", models.CharField(blank=True, max_length=12)),
                ("reason", models.CharField(max_length=200)),
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
        migrations.RemoveConstraint(
            model_name="bankresult",
            name="bank_result_state",
        ),
        migrations.RemoveConstraint(
            model_name="bankresult",
            name="bank_result_fault",
        ),
        migrations.RemoveConstraint(
            model_name="bankresult",
            name="bank_result_once",
        ),
        migrations.RemoveConstraint(
            model_name="paymentorder",
            name="payment_order_root",
        ),
        migrations.AddField(
            model_name="bankresult",
            name="brought_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="bankresult",
            name="confirmed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="bankresult",
            name="confirmed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="bankresult",
            name="evidence",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
            ),
        ),
        migrations.AddField(
            model_name="paymentorder",
            name="told_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="payouts.bankresult"
            ),
        ),
        migrations.AlterField(
            model_name="bankresult",
            name="state",
            field=models.CharField(
                choices=[
                    ("open", "待复核"),
                    ("taken", "已入账"),
                    ("refused", "有差异"),
                    ("looked_at", "已核对"),
                    ("withdrawn", "已撤回"),
                ],
                default="open",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="bankresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "taken", "refused", "looked_at", "withdrawn"])),
                name="bank_result_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["open", "taken", "withdrawn"]),
                    models.Q(("fault", ""), _negated=True),
                    _connector="OR",
                ),
                name="bank_result_fault",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "by_hand"), _negated=True),
                    models.Q(("brought_by__isnull", False), ("evidence__isnull", False)),
                    _connector="OR",
                ),
                name="bank_result_by_hand",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "by_hand"), ("state", "taken"), _negated=True),
                    models.Q(("confirmed_at__isnull", False), ("confirmed_by__isnull", False)),
                    _connector="OR",
                ),
                name="bank_result_confirmed",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankresult",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("confirmed_by__isnull", True),
                    models.Q(("confirmed_by", models.F("brought_by")), _negated=True),
                    _connector="OR",
                ),
                name="bank_result_of_two_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="bankresult",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "withdrawn"), _negated=True),
                fields=("fund", "sha256"),
                name="bank_result_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentorder",
            constraint=models.CheckConstraint(
                condition=models.Q(("root__isnull", True), ("replaces__isnull", False), _connector="OR"),
                name="payment_order_root",
            ),
        ),
        migrations.AddField(
            model_name="accountchange",
            name="asked_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="accountchange",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="accountchange",
            name="made",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="account_change",
                to="payouts.paymentorder",
            ),
        ),
        migrations.AddField(
            model_name="accountchange",
            name="order",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="account_changes", to="payouts.paymentorder"
            ),
        ),
        migrations.AddConstraint(
            model_name="accountchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "confirmed", "refused"])), name="account_change_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="accountchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True), models.Q(("payee_name", ""), _negated=True)
                ),
                name="account_change_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "confirmed"), _negated=True),
                    models.Q(
                        ("decided_by__isnull", False),
                        ("made__isnull", False),
                        models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="account_change_of_two_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="accountchange",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("order",), name="account_change_one_open"
            ),
        ),
        migrations.RunSQL(REPLACING, REPLACING_BEFORE),
        fenced("payouts_accountchange", "EXISTS (SELECT FROM payouts_paymentorder o WHERE o.id = order_id)"),
        only_encrypted("payouts_accountchange", "account_number"),
    ]
