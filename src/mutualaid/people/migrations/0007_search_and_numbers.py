"""Searching by parts of names; numbers of applications and clerks; the columns by which rows are fenced."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import mutualaid.people.models


class Migration(migrations.Migration):
    dependencies = [("people", "0006_password_age")]

    operations = [
        TrigramExtension(),
        migrations.RunSQL(
            "CREATE SEQUENCE people_application_number; CREATE SEQUENCE people_clerk_number;"
            " CREATE SEQUENCE people_unit_code",
            "DROP SEQUENCE people_application_number; DROP SEQUENCE people_clerk_number; DROP SEQUENCE people_unit_code",
        ),
        migrations.RemoveConstraint(model_name="employerapplication", name="application_approved_has_its_employer"),
        migrations.AddField(
            model_name="employer",
            name="unit_path",
            field=models.CharField(db_default=models.Value(""), editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="employerapplication",
            name="number",
            field=models.CharField(
                db_default=mutualaid.people.models.ApplicationNumber(), editable=False, max_length=20, unique=True
            ),
        ),
        migrations.AddField(
            model_name="employerclerk",
            name="number",
            field=models.CharField(
                db_default=mutualaid.people.models.ClerkNumber(), editable=False, max_length=20, unique=True
            ),
        ),
        migrations.AddField(
            model_name="employment",
            name="unit_path",
            field=models.CharField(db_default=models.Value(""), editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name="member",
            name="unit_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                db_default=mutualaid.people.models.UnitIds(),
                editable=False,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="unit",
            name="initials",
            field=models.CharField(blank=True, db_default=models.Value(""), max_length=100),
        ),
        migrations.AddField(
            model_name="unit",
            name="name_key",
            field=models.CharField(blank=True, db_default=models.Value(""), max_length=100),
        ),
        migrations.AlterField(
            model_name="activation", name="code_hash", field=models.CharField(max_length=200, unique=True)
        ),
        migrations.AddIndex(
            model_name="member",
            index=django.contrib.postgres.indexes.GinIndex(fields=["unit_ids"], name="member_units"),
        ),
        migrations.AddIndex(
            model_name="member",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name_key"],
                opclasses=["gin_trgm_ops"],
                name="member_name_parts",
            ),
        ),
        migrations.AddIndex(model_name="member", index=models.Index(fields=["name", "id"], name="member_by_name")),
        migrations.AddIndex(
            model_name="unit",
            index=models.Index(
                fields=["path"],
                opclasses=["text_pattern_ops"],
                name="unit_path_begins",
            ),
        ),
        migrations.AddIndex(
            model_name="unit",
            index=models.Index(
                fields=["initials"],
                opclasses=["text_pattern_ops"],
                name="unit_initials_begin",
            ),
        ),
        migrations.AddConstraint(
            model_name="employerapplication",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True), ("employer__isnull", False), _connector="OR"
                ),
                name="application_approved_has_its_employer",
            ),
        ),
    ]
