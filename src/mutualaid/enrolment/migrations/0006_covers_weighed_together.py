"""Units of covers are weighed once for a statement, not once for a row; rosters' hashes are not looked up by how they begin."""

from typing import ClassVar

from django.db import migrations

from mutualaid.core.encryption import only_equal, quickly_checked

# The same rule as enrolment_units_most() had for each row, for all rows of a statement: whoever has nothing else in the family
# on those days is within the rule by the row's own check, so only the others are reckoned.
TOGETHER = """
CREATE FUNCTION enrolment_weigh_units(came bigint[]) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    found record;
BEGIN
    -- Two at once must not both find room: the member's row is the lock, in one order, and what is read next is read after it.
    PERFORM FROM people_member
    WHERE id IN (SELECT member_id FROM enrolment_cover WHERE id = ANY (came)) ORDER BY id FOR NO KEY UPDATE;
    SELECT n.number, held.units, held.most INTO found
    FROM enrolment_cover n CROSS JOIN LATERAL (
        SELECT max((SELECT sum(c.units) FROM enrolment_cover c
                    WHERE c.member_id = n.member_id AND c.family = n.family AND c.state <> 'cancelled'
                      AND c.from_on <= days.day AND c.until_on > days.day)) AS units, min(days.units_most) AS most
        FROM (SELECT greatest(o.from_on, n.from_on) AS day, o.units_most FROM enrolment_cover o
              WHERE o.member_id = n.member_id AND o.family = n.family AND o.state <> 'cancelled'
                AND o.from_on < n.until_on AND o.until_on > n.from_on) AS days) AS held
    WHERE n.id = ANY (came) AND n.state <> 'cancelled' AND held.units > held.most
      AND EXISTS (SELECT FROM enrolment_cover o
                  WHERE o.member_id = n.member_id AND o.family = n.family AND o.id <> n.id AND o.state <> 'cancelled'
                    AND o.from_on < n.until_on AND o.until_on > n.from_on)
    ORDER BY n.id LIMIT 1;
    IF found.number IS NOT NULL THEN
        RAISE EXCEPTION 'cover %: % units of one member on one day, expected at most %', found.number, found.units, found.most
            USING ERRCODE = 'check_violation', CONSTRAINT = 'cover_units_of_a_member';
    END IF;
END $$;
CREATE FUNCTION enrolment_covers_came() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM enrolment_weigh_units(array_agg(id)) FROM came WHERE state <> 'cancelled' HAVING count(*) > 0;
    RETURN NULL;
END $$;
-- Planned anew each time: a plan that was made for one row and kept would compare each of 200,000 with each.
CREATE FUNCTION enrolment_covers_changed() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    changed bigint[];
BEGIN
    EXECUTE 'SELECT array_agg(n.id) FROM came n JOIN went o ON o.id = n.id
        WHERE n.state <> ''cancelled'' AND (o.state = ''cancelled'' OR
            (n.member_id, n.family, n.units, n.units_most, n.from_on, n.until_on)
            IS DISTINCT FROM (o.member_id, o.family, o.units, o.units_most, o.from_on, o.until_on))' INTO changed;
    IF changed IS NOT NULL THEN
        PERFORM enrolment_weigh_units(changed);
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER cover_units_of_a_member ON enrolment_cover;
DROP FUNCTION enrolment_units_most();
CREATE TRIGGER cover_units_of_a_member AFTER INSERT ON enrolment_cover
    REFERENCING NEW TABLE AS came FOR EACH STATEMENT EXECUTE FUNCTION enrolment_covers_came();
CREATE TRIGGER cover_units_of_a_member_anew AFTER UPDATE ON enrolment_cover
    REFERENCING NEW TABLE AS came OLD TABLE AS went FOR EACH STATEMENT EXECUTE FUNCTION enrolment_covers_changed();
"""

APART = """
DROP TRIGGER cover_units_of_a_member ON enrolment_cover;
DROP TRIGGER cover_units_of_a_member_anew ON enrolment_cover;
DROP FUNCTION enrolment_covers_came(), enrolment_covers_changed(), enrolment_weigh_units(bigint[]);
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
"""As it was: the rule for each row."""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("enrolment", "0005_nothing_for_doubles")]
    operations: ClassVar = [
        migrations.RunSQL(TOGETHER, APART),
        quickly_checked("enrolment_rosterrow", "told"),
        only_equal("enrolment_rosterrow", "identity_index"),
    ]
