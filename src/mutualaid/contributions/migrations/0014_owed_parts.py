"""What others bear of gig workers' fees, from the moment of joining on; what was joined before and not billed yet comes along."""

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.core.money
from mutualaid.core.row_security import secured

_BEFORE = """
INSERT INTO contributions_owedpart (cover_id, payer_kind, payer_unit_id, payer_name, amount)
SELECT c.id, p.payer_kind, p.payer_unit_id, coalesce(nullif(p.payer_name, ''), u.name), c.fee_amount
FROM enrolment_cover c
JOIN enrolment_enrolment e ON e.id = c.enrolment_id AND e.way = 'joining' AND e.state = 'accepted'
JOIN enrolment_joiningpage p ON p.id = e.joining_page_id AND p.payer_kind <> 'member'
JOIN people_unit u ON u.id = p.employer_id
WHERE c.state <> 'cancelled' AND c.fee_amount > 0
  AND NOT EXISTS (SELECT FROM contributions_bill b WHERE b.enrolment_id = e.id)
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("contributions", "0013_subsidies_of_payers"),
        ("enrolment", "0012_corrections"),
        ("people", "0020_unit_moves"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwedPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "payer_kind",
                    models.CharField(
                        choices=[
                            ("employer", "用人单位工会"),
                            ("member", "职工个人"),
                            ("upper_union", "上级工会"),
                            ("administration", "行政补助"),
                            ("platform", "平台企业"),
                        ],
                        max_length=20,
                    ),
                ),
                ("payer_name", models.CharField(max_length=100)),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "bill",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owed_parts",
                        to="contributions.bill",
                    ),
                ),
                (
                    "cover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="owed_parts", to="enrolment.cover"
                    ),
                ),
                (
                    "payer_unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"
                    ),
                ),
                (
                    "subsidy",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="owed_parts",
                        to="contributions.subsidy",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("bill", None)), fields=["subsidy"], name="owed_part_of_a_budget"),
                    models.Index(condition=models.Q(("bill", None)), fields=["cover"], name="owed_part_to_bill"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="owed_part_amount"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("payer_kind__in", ["employer", "member", "upper_union", "administration", "platform"])
                        ),
                        name="owed_part_payer",
                    ),
                    models.UniqueConstraint(
                        fields=("cover", "payer_kind", "payer_unit", "payer_name", "subsidy"),
                        name="owed_part_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name="bill",
            name="bill_once_for_a_payer_and_subsidy",
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("state", "cancelled"), _negated=True), ("holds_cover", True)),
                fields=("enrolment", "payer_kind", "payer_unit", "payer_member", "payer_name", "subsidy"),
                name="bill_once_for_a_payer_and_subsidy",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.UniqueConstraint(
                condition=models.Q(models.Q(("state", "cancelled"), _negated=True), ("holds_cover", False)),
                fields=("enrolment", "payer_kind", "payer_unit", "payer_name", "subsidy", "issued_on"),
                name="bill_once_a_day_for_a_payer",
                nulls_distinct=False,
            ),
        ),
        secured("contributions_owedpart", "(SELECT c.unit_path FROM enrolment_cover c WHERE c.id = cover_id)"),
        migrations.RunSQL(_BEFORE, migrations.RunSQL.noop),
    ]
