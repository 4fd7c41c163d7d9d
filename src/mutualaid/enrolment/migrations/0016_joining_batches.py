"""Large batches of gig workers that a platform sends: what waits, and what was answered."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.core.encryption
from mutualaid.core.encryption import only_encrypted
from mutualaid.core.row_security import secured

OF_EMPLOYER = "(SELECT u.path FROM people_unit u WHERE u.id = employer_id)"
OF_BATCH = (
    "(SELECT u.path FROM people_unit u JOIN enrolment_joiningbatch b ON b.employer_id = u.id WHERE b.id = batch_id)"
)


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("core", "0008_stages_of_a_job"),
        ("enrolment", "0015_employer_changes"),
        ("people", "0020_unit_moves"),
        ("plans", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="JoiningBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("option", models.CharField(blank=True, max_length=60)),
                ("wanted_on", models.DateField(null=True)),
                (
                    "payer_kind",
                    models.CharField(
                        choices=[
                            ("member", "本人缴费"),
                            ("employer", "工会补助"),
                            ("upper_union", "上级工会补助"),
                            ("administration", "行政补助"),
                            ("platform", "平台企业承担"),
                        ],
                        max_length=20,
                    ),
                ),
                ("payer_name", models.CharField(max_length=100)),
                ("rows", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "employer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.employer"
                    ),
                ),
                (
                    "enrolment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="enrolment.enrolment",
                    ),
                ),
                (
                    "job",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.longjob"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="plans.planversion"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="JoiningAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row", models.PositiveIntegerField()),
                ("reference", models.CharField(blank=True, max_length=200)),
                ("outcome", models.CharField(max_length=10)),
                ("cover", models.CharField(blank=True, max_length=20)),
                ("member", models.CharField(blank=True, max_length=20)),
                ("faults", models.JSONField(default=list)),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="enrolment.joiningbatch"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="JoiningPiece",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first", models.PositiveIntegerField()),
                ("told", mutualaid.core.encryption.EncryptedField()),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pieces", to="enrolment.joiningbatch"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="joiningbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("payer_kind__in", ["member", "employer", "upper_union", "administration", "platform"])
                ),
                name="joining_batch_payer",
            ),
        ),
        migrations.AddConstraint(
            model_name="joiningbatch",
            constraint=models.CheckConstraint(condition=models.Q(("rows__gt", 0)), name="joining_batch_rows"),
        ),
        migrations.AddConstraint(
            model_name="joininganswer",
            constraint=models.UniqueConstraint(fields=("batch", "row"), name="joining_answer_once"),
        ),
        migrations.AddConstraint(
            model_name="joininganswer",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["covered", "already", "faulty"])), name="joining_answer_outcome"
            ),
        ),
        migrations.AddConstraint(
            model_name="joiningpiece",
            constraint=models.UniqueConstraint(fields=("batch", "first"), name="joining_piece_once"),
        ),
        secured("enrolment_joiningbatch", OF_EMPLOYER),
        secured("enrolment_joiningpiece", OF_BATCH),
        secured("enrolment_joininganswer", OF_BATCH),
        only_encrypted("enrolment_joiningpiece", "told"),
    ]
