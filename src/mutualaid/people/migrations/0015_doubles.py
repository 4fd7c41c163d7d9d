"""A member who was recorded twice is merged into the other record; nothing new comes to a double."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from mutualaid.people.merged import FUNCTIONS, UNDO, nothing_new


class Migration(migrations.Migration):
    dependencies: ClassVar = [("people", "0014_telephone_of_an_office")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="member",
            name="merged_into",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="doubles", to="people.member"
            ),
        ),
        migrations.AddField(
            model_name="identitychange",
            name="copied_from",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.identitychange"
            ),
        ),
        migrations.AddField(
            model_name="consent",
            name="copied_from",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.consent"
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into", None))
                | models.Q(("account", None), ("bank_card_index", None), ("phone_index", None)),
                name="member_merged_has_nothing_of_its_own",
            ),
        ),
        migrations.RunSQL(FUNCTIONS, UNDO),
        nothing_new("people_employment"),
        nothing_new("people_consent"),
        nothing_new("people_activation"),
    ]
