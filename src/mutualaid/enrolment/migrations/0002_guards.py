"""What Django's constraints cannot say: who sees which rows, encrypted columns, the most units of a person on a day."""

from django.db import migrations

from mutualaid.core.encryption import only_encrypted
from mutualaid.core.row_security import secured

OF_EMPLOYER = "(SELECT u.path FROM people_unit u WHERE u.id = employer_id)"
OF_ENROLMENT = (
    "(SELECT u.path FROM people_unit u JOIN enrolment_enrolment e ON e.employer_id = u.id WHERE e.id = enrolment_id)"
)

# The setting is no secret of a branch: an employer's clerk asks what the offices above do. Only they write it.
SETTING = """
ALTER TABLE enrolment_officesetting ENABLE ROW LEVEL SECURITY;
CREATE POLICY enrolment_officesetting_read ON enrolment_officesetting FOR SELECT USING (true);
CREATE POLICY enrolment_officesetting_branch ON enrolment_officesetting
    USING (core_may_see((SELECT u.path FROM people_unit u WHERE u.id = unit_id)))
    WITH CHECK (core_may_see((SELECT u.path FROM people_unit u WHERE u.id = unit_id)));
"""
NO_SETTING = """
DROP POLICY enrolment_officesetting_branch ON enrolment_officesetting;
DROP POLICY enrolment_officesetting_read ON enrolment_officesetting;
ALTER TABLE enrolment_officesetting DISABLE ROW LEVEL SECURITY;
"""

# Looks at all covers of the member, whatever the transaction was told: hence with the rights of the tables' owner.
UNITS = """
CREATE FUNCTION enrolment_units_most() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    held integer;
    most integer;
BEGIN
    IF NEW.state = 'cancelled' THEN
        RETURN NULL;
    END IF;
    -- Two at once must not both find room: the member's row is the lock, and what is read next is read after it.
    PERFORM FROM people_member WHERE id = NEW.member_id FOR NO KEY UPDATE;
    SELECT max(
        (SELECT sum(c.units) FROM enrolment_cover c
         WHERE c.member_id = NEW.member_id AND c.family = NEW.family AND c.state <> 'cancelled'
           AND c.from_on <= day AND c.until_on > day)), min(units_most)
    INTO held, most
    FROM (SELECT greatest(o.from_on, NEW.from_on) AS day, o.units_most FROM enrolment_cover o
          WHERE o.member_id = NEW.member_id AND o.family = NEW.family AND o.state <> 'cancelled'
            AND o.from_on < NEW.until_on AND o.until_on > NEW.from_on) AS days;
    IF held > most THEN
        RAISE EXCEPTION 'cover %: % units of one member on one day, expected at most %', NEW.number, held, most
            USING ERRCODE = 'check_violation', CONSTRAINT = 'cover_units_of_a_member';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cover_units_of_a_member
    AFTER INSERT OR UPDATE OF member_id, family, units, units_most, from_on, until_on ON enrolment_cover
    FOR EACH ROW EXECUTE FUNCTION enrolment_units_most();
"""
NO_UNITS = "DROP TRIGGER cover_units_of_a_member ON enrolment_cover; DROP FUNCTION enrolment_units_most()"


class Migration(migrations.Migration):
    dependencies = [("core", "0003_own_rows"), ("enrolment", "0001_initial")]

    operations = [
        only_encrypted("enrolment_rosterrow", "told"),
        migrations.RunSQL(UNITS, NO_UNITS),
        migrations.RunSQL(SETTING, NO_SETTING),
        secured("enrolment_enrolment", OF_EMPLOYER),
        secured("enrolment_rosterupload", OF_ENROLMENT),
        secured("enrolment_rosterrow", OF_ENROLMENT),
        secured("enrolment_cover", OF_EMPLOYER, "member_id"),
    ]
