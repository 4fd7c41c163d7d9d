"""Programs may be let read and file claims."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0011_standing"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="apiclient",
            name="client_scopes",
        ),
        migrations.AlterField(
            model_name="apiclient",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("members:read", "查询会员"),
                        ("members:write", "登记离职"),
                        ("covers:read", "查询保障"),
                        ("rosters:read", "查询参保单"),
                        ("rosters:write", "办理参保单"),
                        ("bills:read", "查询账单"),
                        ("claims:read", "查询理赔"),
                        ("claims:write", "提交理赔"),
                    ],
                    max_length=20,
                ),
                size=None,
            ),
        ),
        migrations.AddConstraint(
            model_name="apiclient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "scopes__contained_by",
                        [
                            "members:read",
                            "members:write",
                            "covers:read",
                            "rosters:read",
                            "rosters:write",
                            "bills:read",
                            "claims:read",
                            "claims:write",
                        ],
                    )
                ),
                name="client_scopes",
            ),
        ),
    ]
