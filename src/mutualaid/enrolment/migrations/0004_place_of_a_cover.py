"""A cover keeps the path of its employer's unit, so that a list of a branch, and its fence, look at the row alone."""

from typing import ClassVar

from django.db import migrations, models

from mutualaid.core.row_security import SELF, TOLD_PATHS

PLACE = """
CREATE FUNCTION enrolment_place_cover() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT path INTO NEW.unit_path FROM people_unit WHERE id = NEW.employer_id;
    RETURN NEW;
END $$;
CREATE TRIGGER enrolment_cover_placed BEFORE INSERT OR UPDATE OF employer_id, unit_path ON enrolment_cover
    FOR EACH ROW EXECUTE FUNCTION enrolment_place_cover();
UPDATE enrolment_cover SET unit_path = '';
"""
UNDO = "DROP TRIGGER enrolment_cover_placed ON enrolment_cover; DROP FUNCTION enrolment_place_cover()"
BY_ROW = f"unit_path ^@ ANY ({TOLD_PATHS}) OR member_id = {SELF}"
_UNIT = "(SELECT u.path FROM people_unit u WHERE u.id = employer_id)"
BY_UNIT = f"({_UNIT}) ^@ ANY ({TOLD_PATHS}) OR (member_id) = {SELF}"


def fence(may: str) -> str:
    """The policy of covers, told anew."""
    return f"ALTER POLICY enrolment_cover_branch ON enrolment_cover USING ({may}) WITH CHECK ({may})"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("enrolment", "0003_person_of_a_cover")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="cover",
            name="unit_path",
            field=models.CharField(db_default=models.Value(""), editable=False, max_length=200),
        ),
        migrations.RunSQL(PLACE, UNDO),
        migrations.RunSQL(fence(BY_ROW), fence(BY_UNIT)),
        migrations.AddIndex(
            model_name="cover",
            index=models.Index(fields=["unit_path"], name="cover_branch", opclasses=["text_pattern_ops"]),
        ),
    ]
