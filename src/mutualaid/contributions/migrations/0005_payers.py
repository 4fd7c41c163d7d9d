"""A bill tells who pays it: the employer, a member, or who subsidises the fee; an enrolment may have several."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("contributions", "0004_given_back"),
        ("enrolment", "0005_nothing_for_doubles"),
        ("people", "0017_kin"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="bill",
            name="bill_once_for_an_enrolment",
        ),
        migrations.AddField(
            model_name="bill",
            name="holds_cover",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="bill",
            name="payer_kind",
            field=models.CharField(
                choices=[
                    ("employer", "用人单位工会"),
                    ("member", "职工个人"),
                    ("upper_union", "上级工会"),
                    ("administration", "行政补助"),
                    ("platform", "平台企业"),
                ],
                default="employer",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="bill",
            name="payer_member",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="bills", to="people.member"
            ),
        ),
        migrations.AddField(
            model_name="bill",
            name="payer_unit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"
            ),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("payer_kind__in", ["employer", "member", "upper_union", "administration", "platform"])
                ),
                name="bill_payer_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("payer_kind", "member"), ("payer_member__isnull", False)),
                    models.Q(models.Q(("payer_kind", "member"), _negated=True), ("payer_member", None)),
                    _connector="OR",
                ),
                name="bill_of_a_member",
            ),
        ),
        migrations.AddConstraint(
            model_name="bill",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                fields=("enrolment", "payer_kind", "payer_unit", "payer_member"),
                name="bill_once_for_a_payer",
                nulls_distinct=False,
            ),
        ),
    ]
