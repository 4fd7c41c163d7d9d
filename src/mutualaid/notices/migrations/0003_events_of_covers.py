"""Programs may be told of covers that begin and of members who move."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("notices", "0002_messages_and_webhooks"),
        ("people", "0017_kin"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="endpoint",
            name="endpoint_events",
        ),
        migrations.AlterField(
            model_name="endpoint",
            name="events",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("claim.filed", "收到理赔申请"),
                        ("claim.returned", "退回补充材料"),
                        ("claim.decided", "作出决定"),
                        ("claim.withdrawn", "申请人撤回"),
                        ("claim.paid", "互助金到账"),
                        ("covers.begun", "保障生效"),
                        ("member.moved", "会员转会"),
                        ("payment.returned", "付款被退回"),
                    ],
                    max_length=20,
                ),
                size=None,
            ),
        ),
        migrations.AlterField(
            model_name="webhookdelivery",
            name="event",
            field=models.CharField(
                choices=[
                    ("claim.filed", "收到理赔申请"),
                    ("claim.returned", "退回补充材料"),
                    ("claim.decided", "作出决定"),
                    ("claim.withdrawn", "申请人撤回"),
                    ("claim.paid", "互助金到账"),
                    ("covers.begun", "保障生效"),
                    ("member.moved", "会员转会"),
                    ("payment.returned", "付款被退回"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="endpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "events__contained_by",
                        [
                            "claim.filed",
                            "claim.returned",
                            "claim.decided",
                            "claim.withdrawn",
                            "claim.paid",
                            "covers.begun",
                            "member.moved",
                            "payment.returned",
                        ],
                    )
                ),
                name="endpoint_events",
            ),
        ),
    ]
