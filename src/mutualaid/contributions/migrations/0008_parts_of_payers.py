"""Who bears the fee: rules on its parts, programmes of subsidy, and each cover's part of a bill."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import mutualaid.contributions.split_models
import mutualaid.core.money


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("contributions", "0007_fiscal_notes"),
        ("enrolment", "0009_packages"),
        ("people", "0017_kin"),
        ("plans", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE contributions_split_number", "DROP SEQUENCE contributions_split_number"),
        migrations.RunSQL("CREATE SEQUENCE contributions_subsidy_number", "DROP SEQUENCE contributions_subsidy_number"),
        migrations.CreateModel(
            name="FeePart",
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
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
            ],
        ),
        migrations.CreateModel(
            name="FeeSplit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.contributions.split_models.SplitNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                    ),
                ),
                ("group", models.CharField(blank=True, max_length=20)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="FeeSplitPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField()),
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
                ("payer_name", models.CharField(blank=True, max_length=100)),
                ("billed", models.BooleanField(default=False)),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("share", models.PositiveSmallIntegerField(null=True)),
            ],
            options={
                "ordering": ("place", "id"),
            },
        ),
        migrations.CreateModel(
            name="Subsidy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.contributions.split_models.SubsidyNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
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
                ("payer_name", models.CharField(blank=True, max_length=100)),
                (
                    "plans",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                (
                    "groups",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("share", models.PositiveSmallIntegerField(null=True)),
                ("budget", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                ("granted", models.BooleanField(default=True)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField()),
                (
                    "state",
                    models.CharField(choices=[("open", "执行中"), ("ended", "已停止")], default="open", max_length=10),
                ),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="bill",
            name="bill_once_for_a_payer",
        ),
        migrations.AddField(
            model_name="feepart",
            name="bill",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="contributions.bill"
            ),
        ),
        migrations.AddField(
            model_name="feepart",
            name="cover",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="fee_parts", to="enrolment.cover"
            ),
        ),
        migrations.AddField(
            model_name="feesplit",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="fee_splits", to="people.unit"
            ),
        ),
        migrations.AddField(
            model_name="feesplit",
            name="version",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="plans.planversion"
            ),
        ),
        migrations.AddField(
            model_name="feesplitpart",
            name="payer_unit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"
            ),
        ),
        migrations.AddField(
            model_name="feesplitpart",
            name="rule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="contributions.feesplit"
            ),
        ),
        migrations.AddField(
            model_name="subsidy",
            name="office",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="subsidies", to="people.unit"
            ),
        ),
        migrations.AddField(
            model_name="subsidy",
            name="payer_unit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"
            ),
        ),
        migrations.AddField(
            model_name="bill",
            name="subsidy",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="bills", to="contributions.subsidy"
            ),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                fields=("enrolment", "payer_kind", "payer_unit", "payer_member", "payer_name", "subsidy"),
                name="bill_once_for_a_payer_and_subsidy",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="feepart",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="fee_part_amount"),
        ),
        migrations.AddConstraint(
            model_name="feepart",
            constraint=models.UniqueConstraint(fields=("bill", "cover", "payer_kind"), name="fee_part_once"),
        ),
        migrations.AddConstraint(
            model_name="feesplit",
            constraint=models.CheckConstraint(
                condition=models.Q(("until_on", None), ("until_on__gte", models.F("from_on")), _connector="OR"),
                name="fee_split_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="feesplit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until_on", None)),
                fields=("unit", "version", "group"),
                name="fee_split_one_open",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="feesplitpart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("payer_kind__in", ["employer", "member", "upper_union", "administration", "platform"])
                ),
                name="fee_split_payer",
            ),
        ),
        migrations.AddConstraint(
            model_name="feesplitpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", None), models.Q(("share", None), ("amount__gte", 0)), _connector="OR"),
                name="fee_split_one_measure",
            ),
        ),
        migrations.AddConstraint(
            model_name="feesplitpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("share", None), ("share__lte", 10000), _connector="OR"), name="fee_split_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="feesplitpart",
            constraint=models.CheckConstraint(
                condition=models.Q(("billed", False), ("payer_kind", "member"), _connector="OR"),
                name="fee_split_members_are_billed",
            ),
        ),
        migrations.AddConstraint(
            model_name="feesplitpart",
            constraint=models.UniqueConstraint(
                condition=models.Q(("amount", None), ("share", None)), fields=("rule",), name="fee_split_one_rest"
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidy",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "ended"])), name="subsidy_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("payer_kind__in", ("upper_union", "administration", "platform")),
                    models.Q(("name", ""), _negated=True),
                ),
                name="subsidy_payer",
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("payer_unit__isnull", False), models.Q(("payer_name", ""), _negated=True), _connector="OR"
                ),
                name="subsidy_payer_is_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__gt", 0), ("share", None)),
                    models.Q(("amount", None), ("share__gt", 0), ("share__lte", 10000)),
                    _connector="OR",
                ),
                name="subsidy_measure",
            ),
        ),
        migrations.AddConstraint(
            model_name="subsidy",
            constraint=models.CheckConstraint(condition=models.Q(("budget__gt", 0)), name="subsidy_budget"),
        ),
        migrations.AddConstraint(
            model_name="subsidy",
            constraint=models.CheckConstraint(
                condition=models.Q(("until_on__gt", models.F("from_on"))), name="subsidy_days"
            ),
        ),
    ]
