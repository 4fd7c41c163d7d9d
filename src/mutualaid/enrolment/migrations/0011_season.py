"""Seasons: what a row says so that a roster can be compared with covers, windows of offices, targets, departures, reminders."""

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.core.money
import mutualaid.enrolment.models
from mutualaid.core.row_security import secured

UNIT = "(SELECT u.path FROM people_unit u WHERE u.id = {column})"
SEQUENCE = ("CREATE SEQUENCE enrolment_window_number", "DROP SEQUENCE enrolment_window_number")
# A window is no secret of a branch: an employer's clerk asks what the offices above opened. Only they write it.
WINDOW = f"""
ALTER TABLE enrolment_enrolmentwindow ENABLE ROW LEVEL SECURITY;
CREATE POLICY enrolment_enrolmentwindow_read ON enrolment_enrolmentwindow FOR SELECT USING (true);
CREATE POLICY enrolment_enrolmentwindow_branch ON enrolment_enrolmentwindow
    USING (core_may_see({UNIT.format(column="unit_id")})) WITH CHECK (core_may_see({UNIT.format(column="unit_id")}));
"""
NO_WINDOW = """
DROP POLICY enrolment_enrolmentwindow_branch ON enrolment_enrolmentwindow;
DROP POLICY enrolment_enrolmentwindow_read ON enrolment_enrolmentwindow;
ALTER TABLE enrolment_enrolmentwindow DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("enrolment", "0010_joining_and_groups"),
        ("people", "0017_kin"),
        ("plans", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL(*SEQUENCE),
        migrations.CreateModel(
            name="ReminderDay",
            fields=[
                ("kind", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("done_on", models.DateField()),
            ],
        ),
        migrations.AddField(
            model_name="rosterrow",
            name="facts",
            field=models.JSONField(null=True),
        ),
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=10)),
                ("last_on", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "employer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="departures", to="people.employer"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="departures", to="people.member"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["employer", "-last_on"], name="enrolment_d_employe_9d8a5f_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ["left", "retired", "died"])), name="departure_reason"
                    ),
                    models.UniqueConstraint(fields=("employer", "member", "last_on"), name="departure_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="EnrolmentWindow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.enrolment.models.WindowNumber(), editable=False, max_length=20, unique=True
                    ),
                ),
                ("start_on", models.DateField(null=True)),
                ("opens_on", models.DateField()),
                ("closes_on", models.DateField()),
                ("late_until_on", models.DateField(null=True)),
                ("catch_up", models.BooleanField(default=True)),
                ("beyond", models.BooleanField(default=False)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待批准"),
                            ("open", "已生效"),
                            ("refused", "未批准"),
                            ("closed", "已撤销"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("proposed_by", models.CharField(max_length=64)),
                ("proposed_at", models.DateTimeField()),
                ("remark", models.CharField(blank=True, max_length=300)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="enrolment_windows", to="people.unit"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="windows", to="plans.planversion"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["version", "state"], name="enrolment_e_version_5af56d_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["proposed", "open", "refused", "closed"])),
                        name="window_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closes_on__gte", models.F("opens_on"))),
                        name="window_closes_after_it_opens",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("late_until_on", None), ("late_until_on__gt", models.F("closes_on")), _connector="OR"
                        ),
                        name="window_late_after_it_closes",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["proposed", "open"])),
                        fields=("unit", "version", "start_on"),
                        name="window_one_for_a_term",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("family", models.CharField(max_length=64)),
                ("from_on", models.DateField()),
                ("until_on", models.DateField()),
                ("persons", models.PositiveIntegerField()),
                ("units", models.PositiveIntegerField()),
                ("fee_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="enrolment_targets", to="people.unit"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["family", "from_on"], name="enrolment_t_family_7b8724_idx")],
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "family", "from_on"), name="target_once"),
                    models.CheckConstraint(
                        condition=models.Q(("until_on__gt", models.F("from_on"))), name="target_ends_after_it_begins"
                    ),
                    models.CheckConstraint(condition=models.Q(("fee_amount__gte", 0)), name="target_fee"),
                ],
            },
        ),
        migrations.RunSQL(WINDOW, NO_WINDOW),
        secured("enrolment_target", UNIT.format(column="unit_id")),
        secured("enrolment_departure", UNIT.format(column="employer_id"), "member_id"),
    ]
