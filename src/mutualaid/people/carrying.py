"""What PostgreSQL does when an employer's union moves, in its own words, for the migration: who may move it, and that every copy
of its path goes along in the same transaction.

The tables are a list, ``CARRIED``; ``STAY`` are those whose rows stay with the office where they were made, each with its reason.
``tests/people/test_moving.py`` holds both against the catalogue, so that no table with a path is forgotten.
"""

from __future__ import annotations

CARRIED = (
    "people_employer",
    "people_employment",
    "enrolment_cover",
    "claims_claim",
    "claims_kinship",
    "notices_endpoint",
    "core_storedfile",
)
"""Tables whose column ``unit_path`` follows."""
STAY = {
    "payouts_paymentorder": "money that is ordered leaves the fund of the office that ordered it, whose finance sees it through",
}

PLACE = """
CREATE OR REPLACE FUNCTION people_place_unit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    above people_unit;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.level) IS DISTINCT FROM (OLD.id, OLD.level) OR NEW.parent_id IS NOT DISTINCT FROM OLD.parent_id
           AND NEW.path IS DISTINCT FROM OLD.path THEN
            RAISE EXCEPTION 'unit % stays what it is: id, level and path do not change; register another', OLD.id
                USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.parent_id IS NOT DISTINCT FROM OLD.parent_id THEN
            RETURN NEW;
        END IF;
        IF OLD.level <> 'grassroots' OR NOT EXISTS (
            SELECT FROM people_unitmove m
            WHERE m.unit_id = OLD.id AND m.state = 'applied' AND m.applied_at IS NOT NULL
                AND m.from_path = OLD.path AND m.to_office_id = NEW.parent_id) THEN
            RAISE EXCEPTION 'unit % stays where it is: only an employer''s union moves, by an accepted move', OLD.id
                USING ERRCODE = 'check_violation';
        END IF;
    ELSIF NEW.parent_id IS NULL THEN
        NEW.path := '/' || NEW.id || '/';
        RETURN NEW;
    END IF;
    SELECT * INTO above FROM people_unit WHERE id = NEW.parent_id;
    IF NOT ((NEW.level, above.level) IN (
        ('province', 'national'), ('city', 'province'),
        ('county', 'province'), ('county', 'city'),
        ('industry', 'national'), ('industry', 'province'), ('industry', 'city'),
        ('grassroots', 'province'), ('grassroots', 'city'), ('grassroots', 'county'), ('grassroots', 'industry'))) THEN
        RAISE EXCEPTION 'a unit of level % cannot stand under one of level %', NEW.level, above.level
            USING ERRCODE = 'check_violation';
    END IF;
    NEW.path := above.path || NEW.id || '/';
    RETURN NEW;
END $$;
"""

_TABLES = ", ".join(f"'{table}'" for table in CARRIED)
CARRY = f"""
-- As the owner: rows of every domain, whatever the session was told. Set by set, within the statement that moves the union.
CREATE FUNCTION people_carry_paths() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    carried text;
BEGIN
    FOREACH carried IN ARRAY ARRAY[{_TABLES}] LOOP
        CONTINUE WHEN to_regclass(carried) IS NULL;
        EXECUTE format('UPDATE %I SET unit_path = $1 || substr(unit_path, $3) WHERE unit_path ^@ $2', carried)
            USING NEW.path, OLD.path, length(OLD.path) + 1;
    END LOOP;
    -- Anew from the unions at which somebody works or worked: a branch that holds none of them any more loses sight.
    UPDATE people_member m SET unit_ids = anew.ids
    FROM (
        SELECT one.id, array_agg(DISTINCT part ORDER BY part) AS ids
        FROM people_member one
        JOIN people_employer e ON e.unit_id = ANY (one.unit_ids)
        CROSS JOIN LATERAL unnest('{{0}}'::bigint[] || string_to_array(trim(BOTH '/' FROM e.unit_path), '/')::bigint[]) AS part
        WHERE one.unit_ids && ARRAY[NEW.id]
        GROUP BY one.id
    ) AS anew
    WHERE m.id = anew.id AND m.unit_ids IS DISTINCT FROM anew.ids;
    RETURN NULL;
END $$;
CREATE TRIGGER people_unit_moved AFTER UPDATE OF parent_id ON people_unit
    FOR EACH ROW WHEN (OLD.path IS DISTINCT FROM NEW.path) EXECUTE FUNCTION people_carry_paths();

-- Unions that went away from a branch: their names stay for its bills and books.
CREATE FUNCTION people_moved_away() RETURNS bigint[] LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(unit_id), '{{}}') FROM people_unitmove
    WHERE state = 'applied' AND from_path ^@ ANY (core_told_paths())
$$;
CREATE POLICY people_unit_moved_away ON people_unit FOR SELECT
    USING (id = ANY ((SELECT people_moved_away())::bigint[]));
CREATE POLICY people_employer_moved_away ON people_employer FOR SELECT
    USING (unit_id = ANY ((SELECT people_moved_away())::bigint[]));
"""  # noqa: S608 - names of our own tables  # nosec B608
UNCARRY = """
DROP POLICY people_unit_moved_away ON people_unit;
DROP POLICY people_employer_moved_away ON people_employer;
DROP FUNCTION people_moved_away();
DROP TRIGGER people_unit_moved ON people_unit;
DROP FUNCTION people_carry_paths();
"""
