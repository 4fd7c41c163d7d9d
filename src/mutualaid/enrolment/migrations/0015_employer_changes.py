"""Employers become part of another, or some of their staff go to another: what was asked, and to whom covers were handed over."""

from importlib import import_module
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.enrolment.change_models
from mutualaid.core.row_security import TOLD_PATHS, fenced

# A cover lies where its heir is: by the path of that union its row is fenced and listed.
PLACE = """
CREATE OR REPLACE FUNCTION enrolment_place_cover() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT path INTO NEW.unit_path FROM people_unit WHERE id = coalesce(NEW.heir_id, NEW.employer_id);
    RETURN NEW;
END $$;
DROP TRIGGER enrolment_cover_placed ON enrolment_cover;
CREATE TRIGGER enrolment_cover_placed BEFORE INSERT OR UPDATE OF employer_id, heir_id, unit_path ON enrolment_cover
    FOR EACH ROW EXECUTE FUNCTION enrolment_place_cover();
"""
BEFORE: str = "DROP TRIGGER enrolment_cover_placed ON enrolment_cover;" + import_module(
    "mutualaid.enrolment.migrations.0004_place_of_a_cover"
).PLACE.split("UPDATE enrolment_cover")[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
# As for employments: the employer's row is asked for as a foreign key asks, so that a merger in the same moment is waited for.
NOTHING_NEW = """
CREATE FUNCTION enrolment_at_an_employer_that_goes_on() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    former record;
BEGIN
    PERFORM FROM people_employer WHERE unit_id = NEW.employer_id FOR KEY SHARE;
    SELECT credit_code, merged_on INTO former FROM people_employer
    WHERE unit_id = NEW.employer_id AND merged_into_id IS NOT NULL;
    IF former.credit_code IS NOT NULL THEN
        RAISE EXCEPTION 'employer % is part of another since %: nothing begins there', former.credit_code, former.merged_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'enrolment_at_an_employer_that_goes_on';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER enrolment_goes_on AFTER INSERT OR UPDATE OF employer_id ON enrolment_enrolment
    FOR EACH ROW EXECUTE FUNCTION enrolment_at_an_employer_that_goes_on();
CREATE TRIGGER enrolment_package_goes_on AFTER INSERT ON enrolment_package
    FOR EACH ROW EXECUTE FUNCTION enrolment_at_an_employer_that_goes_on();
"""
UNDO = """
DROP TRIGGER enrolment_goes_on ON enrolment_enrolment;
DROP TRIGGER enrolment_package_goes_on ON enrolment_package;
DROP FUNCTION enrolment_at_an_employer_that_goes_on();
"""
_OF_CHANGE = "EXISTS (SELECT FROM enrolment_employerchange c WHERE c.id = change_id)"  # itself under its fence


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [
        ("core", "0008_stages_of_a_job"),
        ("enrolment", "0014_rosters_at_size"),
        ("people", "0022_merged_employers"),
        ("plans", "0002_guards"),
    ]

    operations: ClassVar = [
        migrations.RunSQL(
            "CREATE SEQUENCE enrolment_employer_change_number", "DROP SEQUENCE enrolment_employer_change_number"
        ),
        migrations.CreateModel(
            name="ChangedEmployer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("persons", models.PositiveIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="ChangedPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("went", models.BooleanField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="EmployerChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.enrolment.change_models.ChangeNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                    ),
                ),
                ("kind", models.CharField(choices=[("merger", "单位合并"), ("split", "单位分立")], max_length=6)),
                ("taker_name", models.CharField(max_length=100)),
                ("office_path", models.CharField(max_length=200)),
                ("on_day", models.DateField()),
                ("reason", models.CharField(max_length=300)),
                ("bring_clerks", models.BooleanField(default=False)),
                ("missing", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待确认"),
                            ("confirmed", "已确认，待生效"),
                            ("applied", "已生效"),
                            ("refused", "不予办理"),
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
                ("result", models.JSONField(default=dict)),
                ("stuck", models.JSONField(default=list)),
            ],
        ),
        migrations.AddField(
            model_name="cover",
            name="heir",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="inherited_covers",
                to="people.employer",
            ),
        ),
        migrations.AddIndex(
            model_name="cover",
            index=models.Index(
                condition=models.Q(("heir__isnull", False)), fields=["heir", "from_on"], name="cover_of_heir"
            ),
        ),
        migrations.AddField(
            model_name="changedemployer",
            name="employer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="people.employer"
            ),
        ),
        migrations.AddField(
            model_name="changedperson",
            name="member",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.member"),
        ),
        migrations.AddField(
            model_name="employerchange",
            name="file",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
            ),
        ),
        migrations.AddField(
            model_name="employerchange",
            name="office",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
        ),
        migrations.AddField(
            model_name="employerchange",
            name="taker",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.employer"
            ),
        ),
        migrations.AddField(
            model_name="changedperson",
            name="change",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="persons", to="enrolment.employerchange"
            ),
        ),
        migrations.AddField(
            model_name="changedemployer",
            name="change",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="givers", to="enrolment.employerchange"
            ),
        ),
        migrations.AddIndex(
            model_name="employerchange",
            index=models.Index(fields=["state", "-id"], name="employer_change_of_state"),
        ),
        migrations.AddConstraint(
            model_name="employerchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["asked", "confirmed", "applied", "refused", "withdrawn"])),
                name="employer_change_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="employerchange",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["merger", "split"]), models.Q(("reason", ""), _negated=True)),
                name="employer_change_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="employerchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["confirmed", "applied"]), _negated=True),
                    models.Q(
                        models.Q(("decided_by", ""), _negated=True),
                        models.Q(("decided_by", models.F("asked_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="employer_change_by_two_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="changedperson",
            constraint=models.UniqueConstraint(fields=("change", "member"), name="changed_person_once"),
        ),
        migrations.AddConstraint(
            model_name="changedemployer",
            constraint=models.UniqueConstraint(fields=("change", "employer"), name="changed_employer_once"),
        ),
        fenced("enrolment_employerchange", f"office_path ^@ ANY ({TOLD_PATHS})"),
        fenced("enrolment_changedemployer", _OF_CHANGE),
        fenced("enrolment_changedperson", _OF_CHANGE),
        migrations.RunSQL(PLACE, BEFORE),
        migrations.RunSQL(NOTHING_NEW, UNDO),
    ]
