"""Packages: what an employer composes of single plans for the groups of its staff, and of which group a person is."""

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.core.money
import mutualaid.enrolment.package_models
from mutualaid.core.row_security import secured

OF_EMPLOYER = "(SELECT u.path FROM people_unit u WHERE u.id = employer_id)"
OF_PACKAGE = (
    "(SELECT u.path FROM people_unit u JOIN enrolment_package p ON p.employer_id = u.id WHERE p.id = package_id)"
)
OF_GROUP = (
    "(SELECT u.path FROM people_unit u JOIN enrolment_package p ON p.employer_id = u.id"
    " JOIN enrolment_packagegroup g ON g.package_id = p.id WHERE g.id = group_id)"
)


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("enrolment", "0008_headers_of_rosters"),
        ("people", "0017_kin"),
        ("plans", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE enrolment_package_number", "DROP SEQUENCE enrolment_package_number"),
        migrations.AddField(
            model_name="cover",
            name="package_group",
            field=models.CharField(blank=True, db_default=models.Value(""), max_length=20),
        ),
        migrations.AddField(
            model_name="rosterrow",
            name="package_group",
            field=models.CharField(blank=True, db_default=models.Value(""), max_length=20),
        ),
        migrations.CreateModel(
            name="Package",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.enrolment.package_models.PackageNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("headcount", models.PositiveIntegerField()),
                ("women_headcount", models.PositiveIntegerField(null=True)),
                ("members_pay", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "填报中"),
                            ("submitted", "待审核"),
                            ("accepted", "已核准"),
                            ("cancelled", "已取消"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("begun_at", models.DateTimeField()),
                ("submitted_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("remark", models.CharField(blank=True, max_length=500)),
                (
                    "employer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="packages", to="people.employer"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="enrolment",
            name="package",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolments",
                to="enrolment.package",
            ),
        ),
        migrations.CreateModel(
            name="PackageGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=20)),
                (
                    "rule",
                    models.CharField(
                        choices=[
                            ("word", "花名册“参保组”列写明"),
                            ("sex", "按性别"),
                            ("risk_class", "按职业类别"),
                            ("everybody", "其余职工"),
                        ],
                        max_length=12,
                    ),
                ),
                ("word", models.CharField(blank=True, max_length=60)),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="groups", to="enrolment.package"
                    ),
                ),
            ],
            options={
                "ordering": ("place", "id"),
            },
        ),
        migrations.CreateModel(
            name="PackagePlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("option", models.CharField(blank=True, max_length=60)),
                ("risk_class", models.CharField(blank=True, max_length=60)),
                ("units", models.PositiveSmallIntegerField(default=1)),
                ("member_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("member_share", models.PositiveSmallIntegerField(null=True)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="plans", to="enrolment.packagegroup"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="plans.planversion"
                    ),
                ),
            ],
            options={
                "ordering": ("version__name_zh", "id"),
            },
        ),
        migrations.AddIndex(
            model_name="package",
            index=models.Index(fields=["employer", "-id"], name="enrolment_p_employe_8b1f77_idx"),
        ),
        migrations.AddIndex(
            model_name="package",
            index=models.Index(fields=["state", "id"], name="enrolment_p_state_9039bd_idx"),
        ),
        migrations.AddConstraint(
            model_name="package",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "submitted", "accepted", "cancelled"])), name="package_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="package",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("name", ""), _negated=True), ("headcount__gt", 0)), name="package_named"
            ),
        ),
        migrations.AddConstraint(
            model_name="packagegroup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("rule__in", ["word", "sex", "risk_class", "everybody"]), models.Q(("name", ""), _negated=True)
                ),
                name="package_group_rule",
            ),
        ),
        migrations.AddConstraint(
            model_name="packagegroup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("rule__in", ["sex", "risk_class"]), models.Q(("word", ""), _negated=True)),
                    models.Q(("rule__in", ["word", "everybody"]), ("word", "")),
                    _connector="OR",
                ),
                name="package_group_word",
            ),
        ),
        migrations.AddConstraint(
            model_name="packagegroup",
            constraint=models.UniqueConstraint(fields=("package", "name"), name="package_group_once"),
        ),
        migrations.AddConstraint(
            model_name="packageplan",
            constraint=models.CheckConstraint(condition=models.Q(("units__gte", 1)), name="package_plan_units"),
        ),
        migrations.AddConstraint(
            model_name="packageplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("member_amount", None),
                    models.Q(("member_share", None), ("member_amount__gte", 0)),
                    _connector="OR",
                ),
                name="package_plan_one_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="packageplan",
            constraint=models.CheckConstraint(
                condition=models.Q(("member_share", None), ("member_share__lte", 10000), _connector="OR"),
                name="package_plan_share_of_the_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="packageplan",
            constraint=models.UniqueConstraint(fields=("group", "version"), name="package_plan_once"),
        ),
        secured("enrolment_package", OF_EMPLOYER),
        secured("enrolment_packagegroup", OF_PACKAGE),
        secured("enrolment_packageplan", OF_GROUP),
    ]
