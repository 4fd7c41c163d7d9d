"""Bills are paid in parts: what was set against one may be free again; money is kept for the next bill, or given back."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from mutualaid.core.append_only import append_only
from mutualaid.core.row_security import fenced, secured

PROTECT = django.db.models.deletion.PROTECT
ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
KEPT = [("kept", "留抵中"), ("used", "已抵完"), ("released", "已转回")]
OF_BILL = "(SELECT contributions_unit_path(b.employer_id) FROM contributions_bill b WHERE b.id = {bill})"
# A refund of money that nobody owns up to is the fund's office's own.
OF_REFUND = f"coalesce({OF_BILL.format(bill='bill_id')}, contributions_unit_path(fund_id))"
FUND_OF_BILL = """
UPDATE contributions_refund r SET fund_id = b.fund_id FROM contributions_bill b WHERE b.id = r.bill_id
"""
FENCE_BEFORE = """
DROP POLICY contributions_refund_branch ON contributions_refund;
ALTER TABLE contributions_refund DISABLE ROW LEVEL SECURITY
"""
FENCE_AFTER = f"""
ALTER TABLE contributions_refund ENABLE ROW LEVEL SECURITY;
CREATE POLICY contributions_refund_branch ON contributions_refund
    USING ({OF_BILL.format(bill="bill_id")} ^@ ANY ((SELECT core_told_paths())::text[]))
"""


def _key(to: str, name: str, *, null: bool = False) -> "models.ForeignKey[models.Model, models.Model]":
    return models.ForeignKey(null=null, on_delete=PROTECT, related_name=name, to=to)


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("contributions", "0005_payers"), ("enrolment", "0005_nothing_for_doubles")]

    operations = [
        migrations.CreateModel(
            name="Release",
            fields=[
                ("id", ID),
                ("at", models.DateTimeField()),
                (
                    "settlement",
                    models.OneToOneField(on_delete=PROTECT, related_name="release", to="contributions.settlement"),
                ),
            ],
        ),
        append_only("contributions_release"),
        # Seen with its settlement, which is under its own fence.
        fenced("contributions_release", "EXISTS (SELECT FROM contributions_settlement s WHERE s.id = settlement_id)"),
        migrations.CreateModel(
            name="Credit",
            fields=[
                ("id", ID),
                ("state", models.CharField(choices=KEPT, default="kept", max_length=10)),
                ("at", models.DateTimeField()),
                ("like", _key("contributions.bill", "+")),
                ("payment", _key("contributions.payment", "credits")),
            ],
            options={
                "indexes": [models.Index(fields=["state", "id"], name="contributio_state_f2eca7_idx")],
                "constraints": [
                    models.CheckConstraint(condition=Q(state__in=["kept", "used", "released"]), name="credit_state"),
                    models.UniqueConstraint(condition=Q(state="kept"), fields=("payment",), name="credit_kept_once"),
                ],
            },
        ),
        secured("contributions_credit", OF_BILL.format(bill="like_id")),
        migrations.RunSQL(FENCE_BEFORE, FENCE_AFTER),
        migrations.AddField("refund", "fund", _key("contributions.fund", "refunds", null=True)),
        migrations.AddField("refund", "payment", _key("contributions.payment", "refunds", null=True)),
        migrations.AddField("refund", "reason", models.CharField(blank=True, max_length=200)),
        migrations.AlterField("refund", "bill", _key("contributions.bill", "refunds", null=True)),
        migrations.AlterField(
            "refund",
            "cover",
            models.OneToOneField(null=True, on_delete=PROTECT, related_name="refund", to="enrolment.cover"),
        ),
        migrations.RunSQL(FUND_OF_BILL, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField("refund", "fund", _key("contributions.fund", "refunds")),
        migrations.AddConstraint(
            "refund",
            models.CheckConstraint(
                condition=Q(bill__isnull=False, cover__isnull=False, payment__isnull=True)
                | Q(cover__isnull=True, payment__isnull=False) & ~Q(reason=""),
                name="refund_of_a_cover_or_of_money",
            ),
        ),
        secured("contributions_refund", OF_REFUND),
    ]
