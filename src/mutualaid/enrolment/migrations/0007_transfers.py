"""Files that are on their way, in parts: seen in the branch of their enrolment alone."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from mutualaid.core.row_security import fenced, secured

OF_ENROLMENT = (
    "(SELECT u.path FROM people_unit u JOIN enrolment_enrolment e ON e.employer_id = u.id WHERE e.id = enrolment_id)"
)
OF_TRANSFER = "EXISTS (SELECT FROM enrolment_rostertransfer t WHERE t.id = transfer_id)"  # itself under its fence


class Migration(migrations.Migration):
    dependencies = [
        ("enrolment", "0006_covers_weighed_together"),
    ]

    operations = [
        migrations.CreateModel(
            name="RosterTransfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("by_kind", models.CharField(max_length=10)),
                ("by_key", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("size", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("received", models.PositiveBigIntegerField(default=0)),
                ("begun_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(db_index=True)),
                (
                    "enrolment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="transfers", to="enrolment.enrolment"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TransferPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("begins", models.PositiveBigIntegerField()),
                ("sealed", models.BinaryField()),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="enrolment.rostertransfer"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="rostertransfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("received__lte", models.F("size")), ("size__gt", 0)),
                name="transfer_within_its_size",
            ),
        ),
        migrations.AddConstraint(
            model_name="rostertransfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("sha256__regex", r"^[0-9a-f]{64}$")), name="transfer_sha256"
            ),
        ),
        migrations.AddConstraint(
            model_name="rostertransfer",
            constraint=models.UniqueConstraint(
                fields=("enrolment", "by_kind", "by_key", "sha256"), name="transfer_once_of_a_file"
            ),
        ),
        migrations.AddConstraint(
            model_name="transferpart",
            constraint=models.UniqueConstraint(fields=("transfer", "begins"), name="transfer_part_once"),
        ),
        secured("enrolment_rostertransfer", OF_ENROLMENT),
        fenced("enrolment_transferpart", OF_TRANSFER),
    ]
