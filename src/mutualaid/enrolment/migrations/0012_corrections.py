"""Who a member is is corrected by two persons, with a photo of the document."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.core.encryption
import mutualaid.enrolment.correction_models
from mutualaid.core.encryption import only_encrypted
from mutualaid.core.row_security import fenced
from mutualaid.people.merged import nothing_new

_OF_MEMBER = "EXISTS (SELECT FROM people_member m WHERE m.id = member_id)"  # itself under its fence


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("core", "0007_told_paths_inline"),
        ("enrolment", "0011_season"),
        ("people", "0017_kin"),
    ]

    operations: ClassVar = [
        migrations.RunSQL("CREATE SEQUENCE enrolment_correction_number", "DROP SEQUENCE enrolment_correction_number"),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.enrolment.correction_models.CorrectionNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                    ),
                ),
                (
                    "identity_kind",
                    models.CharField(
                        choices=[
                            ("resident_id", "resident_id"),
                            ("hkmt_residence", "hkmt_residence"),
                            ("foreign_residence", "foreign_residence"),
                            ("passport", "passport"),
                        ],
                        max_length=20,
                    ),
                ),
                ("identity_number", mutualaid.core.encryption.EncryptedField()),
                ("name", models.CharField(max_length=50)),
                ("sex", models.CharField(choices=[("M", "M"), ("F", "F")], max_length=1)),
                ("birth_date", models.DateField()),
                ("reason", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待核对证件"),
                            ("entered", "待另一人确认"),
                            ("done", "已更正"),
                            ("doubtful", "已更正，保障待处理"),
                            ("refused", "不予更正"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="asked",
                        max_length=9,
                    ),
                ),
                ("asked_kind", models.CharField(max_length=10)),
                ("asked_by", models.CharField(max_length=64)),
                ("asked_at", models.DateTimeField()),
                ("entered_by", models.CharField(blank=True, max_length=64)),
                ("entered_name", models.CharField(blank=True, max_length=50)),
                ("entered_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(blank=True, max_length=64)),
                ("decided_name", models.CharField(blank=True, max_length=50)),
                ("decided_at", models.DateTimeField(null=True)),
                ("answer", mutualaid.core.encryption.EncryptedField(null=True)),
                ("doubts", models.JSONField(default=list)),
                ("settlement", models.CharField(blank=True, max_length=300)),
                ("settled_name", models.CharField(blank=True, max_length=50)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "change",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="correction",
                        to="people.identitychange",
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="corrections", to="people.member"
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "-id"], name="correction_of_state"),
                    models.Index(fields=["member", "-id"], name="correction_of_member"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["asked", "entered", "done", "doubtful", "refused", "withdrawn"])
                        ),
                        name="correction_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True), models.Q(("name", ""), _negated=True)
                        ),
                        name="correction_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["done", "doubtful"]), _negated=True),
                            models.Q(
                                ("change__isnull", False),
                                models.Q(("entered_by", ""), _negated=True),
                                models.Q(("decided_by", ""), _negated=True),
                                models.Q(("decided_by", models.F("entered_by")), _negated=True),
                                models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="correction_by_two_persons",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["asked", "entered"])),
                        fields=("member",),
                        name="correction_one_open",
                    ),
                ],
            },
        ),
        only_encrypted("enrolment_correction", "identity_number", "answer"),
        fenced("enrolment_correction", _OF_MEMBER),
        nothing_new("enrolment_correction"),
    ]
