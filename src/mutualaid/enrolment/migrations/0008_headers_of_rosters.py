"""Which column is which in the rosters of an employer, as its clerks confirmed it; how an upload was read."""

import uuid
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.core.encryption
from mutualaid.core.encryption import only_encrypted
from mutualaid.core.row_security import secured

OF_EMPLOYER = "(SELECT u.path FROM people_unit u WHERE u.id = employer_id)"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("enrolment", "0007_transfers")]
    operations: ClassVar = [
        migrations.AddField("rosterupload", "reading", models.JSONField(default=dict)),
        migrations.AddField("rosterupload", "asked", mutualaid.core.encryption.EncryptedField(null=True)),
        only_encrypted("enrolment_rosterupload", "asked"),
        migrations.CreateModel(
            name="HeaderMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("fingerprint", models.CharField(max_length=64)),
                ("headers", models.JSONField(default=list)),
                ("fields", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                (
                    "employer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="header_mappings",
                        to="people.employer",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("employer", "fingerprint"), name="header_mapping_once"),
                    models.CheckConstraint(
                        condition=models.Q(("fields", {}), _negated=True), name="header_mapping_of_something"
                    ),
                ],
            },
        ),
        secured("enrolment_headermapping", OF_EMPLOYER),
    ]
