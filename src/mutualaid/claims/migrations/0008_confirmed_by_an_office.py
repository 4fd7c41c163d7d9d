"""Where nobody answers for an employer, the office finds out about a membership and says how."""

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.core.encryption
from mutualaid.core.encryption import only_encrypted

HOW = [("employer", "单位工会在平台答复"), ("call", "经办机构致电单位"), ("paper", "单位出具书面证明")]


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("claims", "0007_rules_by_two_persons")]

    operations = [
        migrations.AddField("claim", "office_asked_at", models.DateTimeField(null=True)),
        migrations.AddField("confirmation", "ascertained", mutualaid.core.encryption.EncryptedField(null=True)),
        migrations.AddField("confirmation", "how", models.CharField(choices=HOW, default="employer", max_length=8)),
        migrations.AddField(
            "confirmation",
            "office",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"
            ),
        ),
        migrations.AddConstraint(
            "confirmation",
            models.CheckConstraint(condition=models.Q(how__in=[word for word, _ in HOW]), name="confirmation_how"),
        ),
        migrations.AddConstraint(
            "confirmation",
            models.CheckConstraint(
                condition=models.Q(how="employer", office=None, ascertained__isnull=True)
                | ~models.Q(how="employer") & models.Q(office__isnull=False, ascertained__isnull=False),
                name="confirmation_of_an_office_says_how",
            ),
        ),
        only_encrypted("claims_confirmation", "ascertained"),
    ]
