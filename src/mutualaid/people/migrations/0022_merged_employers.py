"""An employer becomes part of another; nothing new begins there."""

from importlib import import_module
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

# The employers' rows are locked as a foreign key locks them, so that a merger in the same moment is waited for; then it is read.
NOTHING_NEW = """
CREATE FUNCTION people_nobody_begins_at_a_former_employer() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    former record;
BEGIN
    PERFORM FROM people_employer WHERE unit_id IN (SELECT DISTINCT employer_id FROM placed) ORDER BY unit_id FOR KEY SHARE;
    SELECT e.credit_code, e.merged_on INTO former FROM people_employer e JOIN placed p ON p.employer_id = e.unit_id
    WHERE e.merged_into_id IS NOT NULL AND (p.until_on IS NULL OR p.until_on > e.merged_on) LIMIT 1;
    IF former.credit_code IS NOT NULL THEN
        RAISE EXCEPTION 'employer % is part of another since %: nobody works there after that',
            former.credit_code, former.merged_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'employment_at_an_employer_that_goes_on';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER people_employment_goes_on AFTER INSERT ON people_employment
    REFERENCING NEW TABLE AS placed FOR EACH STATEMENT EXECUTE FUNCTION people_nobody_begins_at_a_former_employer();
"""
UNDO = """
DROP TRIGGER people_employment_goes_on ON people_employment;
DROP FUNCTION people_nobody_begins_at_a_former_employer();
"""

STANDING: str = import_module("mutualaid.people.migrations.0017_kin").STANDING
# Who acts for an employer sees what those left that became part of it.
WITH_FORMERS = STANDING.replace(
    "ON e.unit_id = c.employer_id\n", "ON e.unit_id = c.employer_id OR e.merged_into_id = c.employer_id\n"
)


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("people", "0021_indexes_that_are_asked")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="employer",
            name="merged_into",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="formers",
                to="people.employer",
            ),
        ),
        migrations.AddField(model_name="employer", name="merged_on", field=models.DateField(null=True)),
        migrations.AddConstraint(
            model_name="employer",
            constraint=models.CheckConstraint(
                condition=Q(merged_into=None, merged_on=None)
                | Q(merged_into__isnull=False, merged_on__isnull=False) & ~Q(merged_into=F("unit")),
                name="employer_merged_into_another",
            ),
        ),
        migrations.RunSQL(NOTHING_NEW, UNDO),
        migrations.RunSQL(WITH_FORMERS, STANDING),
    ]
