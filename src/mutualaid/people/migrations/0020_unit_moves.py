"""An employer's union goes from one office to another, and every copy of its path goes along."""

from importlib import import_module
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.people.move_models
from mutualaid.core.row_security import TOLD_PATHS, fenced
from mutualaid.people.carrying import CARRY, PLACE, UNCARRY

BEFORE: str = (
    import_module("mutualaid.people.migrations.0003_guards")
    .PLACE_UNIT.split("CREATE TRIGGER")[0]
    .replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("people", "0019_clerk_terms"),
    ]

    operations: ClassVar = [
        migrations.RunSQL("CREATE SEQUENCE people_unit_move_number", "DROP SEQUENCE people_unit_move_number"),
        migrations.CreateModel(
            name="UnitMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.people.move_models.MoveNumber(), editable=False, max_length=20, unique=True
                    ),
                ),
                ("unit_code", models.CharField(max_length=32)),
                ("unit_name", models.CharField(max_length=100)),
                ("persons", models.PositiveIntegerField()),
                ("from_path", models.CharField(max_length=200)),
                ("to_path", models.CharField(max_length=200)),
                ("on_day", models.DateField()),
                ("reason", models.CharField(max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待接收"),
                            ("accepted", "已接收，待生效"),
                            ("applied", "已转移"),
                            ("refused", "不接收"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="asked",
                        max_length=9,
                    ),
                ),
                ("asked_by", models.CharField(max_length=64)),
                ("asked_name", models.CharField(max_length=50)),
                ("asked_at", models.DateTimeField()),
                ("decided_by", models.CharField(blank=True, max_length=64)),
                ("decided_name", models.CharField(blank=True, max_length=50)),
                ("decided_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=300)),
                ("applied_at", models.DateTimeField(null=True)),
                (
                    "from_office",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
                ),
                (
                    "to_office",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="people.unit"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-id"], name="unit_move_of_state")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["asked", "accepted", "applied", "refused", "withdrawn"])),
                        name="unit_move_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", ""), _negated=True),
                            models.Q(("from_office", models.F("to_office")), _negated=True),
                        ),
                        name="unit_move_elsewhere",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["accepted", "applied"]), _negated=True),
                            models.Q(
                                models.Q(("decided_by", ""), _negated=True),
                                models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="unit_move_by_two_persons",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["asked", "accepted"])),
                        fields=("unit",),
                        name="unit_move_one_open",
                    ),
                ],
            },
        ),
        fenced("people_unitmove", f"from_path ^@ ANY ({TOLD_PATHS}) OR to_path ^@ ANY ({TOLD_PATHS})"),
        migrations.RunSQL(PLACE + CARRY, BEFORE + UNCARRY),
    ]
