"""What PostgreSQL keeps of doubles that were merged, in its own words, for migrations: whom a merge may name, that it
never ends, and that nothing new comes to a double.

Whoever inserts a row of a member waits for a merge that holds the member, and is refused after it: the trigger locks
the members first, in the order of their keys, and reads them then. Both functions see all rows, whatever the
transaction was told.
"""

from __future__ import annotations

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION people_merge_once() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    target people_member;
BEGIN
    IF NEW.merged_into_id IS NULL THEN
        RAISE EXCEPTION 'member %: a merge does not end', NEW.number USING ERRCODE = 'restrict_violation';
    END IF;
    SELECT * INTO target FROM people_member WHERE id = NEW.merged_into_id FOR NO KEY UPDATE;
    IF target.merged_into_id IS NOT NULL OR target.id = NEW.id THEN
        RAISE EXCEPTION 'member % can be merged only into one that is not merged', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.merged_into_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM people_member WHERE id = OLD.merged_into_id AND merged_into_id = NEW.merged_into_id) THEN
        RAISE EXCEPTION 'member % was merged already', NEW.number USING ERRCODE = 'restrict_violation';
    END IF;
    -- Whoever saw the double sees the member: a branch whose employment was taken up by another keeps its sight.
    UPDATE people_member SET unit_ids = (
        SELECT array_agg(DISTINCT one ORDER BY one) FROM unnest(target.unit_ids || NEW.unit_ids) AS one
        WHERE one <> -1 OR target.unit_ids @> '{-1}' AND NEW.unit_ids @> '{-1}')
    WHERE id = target.id AND NOT unit_ids @> NEW.unit_ids;
    RETURN NULL;
END $$;
CREATE TRIGGER people_member_merged AFTER UPDATE OF merged_into_id ON people_member
    FOR EACH ROW WHEN (OLD.merged_into_id IS DISTINCT FROM NEW.merged_into_id) EXECUTE FUNCTION people_merge_once();

-- No member that has doubles is left merged itself, when all is done.
CREATE FUNCTION people_merged_to_the_end() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM people_member WHERE merged_into_id = NEW.id) THEN
        RAISE EXCEPTION 'member %: its doubles must be led on', NEW.number USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER people_member_merged_wholly AFTER UPDATE OF merged_into_id ON people_member
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.merged_into_id IS NOT NULL)
    EXECUTE FUNCTION people_merged_to_the_end();

CREATE FUNCTION people_refuse_double() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    double text;
BEGIN
    PERFORM FROM people_member WHERE id IN (SELECT member_id FROM came) ORDER BY id FOR NO KEY UPDATE;
    SELECT number INTO double FROM people_member
    WHERE id IN (SELECT member_id FROM came) AND merged_into_id IS NOT NULL LIMIT 1;
    IF double IS NOT NULL THEN
        RAISE EXCEPTION 'member % was merged into another: % refused; write it for that member', double, TG_TABLE_NAME
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""
UNDO = """
DROP TRIGGER people_member_merged ON people_member;
DROP TRIGGER people_member_merged_wholly ON people_member;
DROP FUNCTION people_merge_once(), people_merged_to_the_end(), people_refuse_double();
"""


def nothing_new(table: str) -> migrations.RunSQL:
    """A step of a migration: no row of a table is inserted for a member that was merged into another."""
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_of_no_double AFTER INSERT ON {table} REFERENCING NEW TABLE AS came"
        " FOR EACH STATEMENT EXECUTE FUNCTION people_refuse_double()",
        f"DROP TRIGGER {table}_of_no_double ON {table}",
    )
