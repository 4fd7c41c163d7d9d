"""Row-level security of people in PostgreSQL's own words, for the migration: who is told which branch sees and writes what there.

Units never move, so rows keep the path, or the ids, of the units above them: a policy compares the row with what was told,
and asks no other table for each row. Names of offices are for everybody (an employer chooses where to apply; a page shows
the way upward); employers' own unions are for their branch and their members.
"""

from __future__ import annotations

from django.db import migrations

from mutualaid.core.row_security import SELF, TOLD_PATHS, fenced

_PATHS = """
CREATE OR REPLACE FUNCTION people_employer_at_a_leaf() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT path INTO NEW.unit_path FROM people_unit WHERE id = NEW.unit_id AND level = 'grassroots';
    IF NEW.unit_path IS NULL THEN
        RAISE EXCEPTION 'employer %: its unit must be a grassroots union', NEW.credit_code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER people_employer_placed ON people_employer;
CREATE TRIGGER people_employer_placed BEFORE INSERT OR UPDATE ON people_employer
    FOR EACH ROW EXECUTE FUNCTION people_employer_at_a_leaf();

CREATE FUNCTION people_place_employment() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    SELECT path INTO NEW.unit_path FROM people_unit WHERE id = NEW.employer_id;
    RETURN NEW;
END $$;
CREATE TRIGGER people_employment_placed BEFORE INSERT OR UPDATE ON people_employment
    FOR EACH ROW EXECUTE FUNCTION people_place_employment();

-- Once for a statement: a roster of thousands is one update.
CREATE FUNCTION people_place_members() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE people_member m
    SET unit_ids = (
        SELECT array_agg(DISTINCT one ORDER BY one) FROM unnest(m.unit_ids || came.ids) AS one WHERE one <> -1
    )
    FROM (
        SELECT member_id, string_to_array(trim(BOTH '/' FROM string_agg(trim(BOTH '/' FROM unit_path), '/')), '/')::bigint[] ids
        FROM placed GROUP BY member_id
    ) AS came
    WHERE m.id = came.member_id AND NOT m.unit_ids @> came.ids;
    RETURN NULL;
END $$;
CREATE TRIGGER people_members_placed AFTER INSERT ON people_employment
    REFERENCING NEW TABLE AS placed FOR EACH STATEMENT EXECUTE FUNCTION people_place_members();
CREATE TRIGGER people_members_placed_anew AFTER UPDATE ON people_employment
    REFERENCING NEW TABLE AS placed FOR EACH STATEMENT EXECUTE FUNCTION people_place_members();

-- What a client writes into it is not taken; only the trigger above, one level down, may.
CREATE FUNCTION people_keep_unit_ids() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        IF TG_OP = 'INSERT' THEN
            NEW.unit_ids := '{-1,0}';
        ELSE
            NEW.unit_ids := OLD.unit_ids;
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_member_unit_ids_kept BEFORE INSERT OR UPDATE ON people_member
    FOR EACH ROW EXECUTE FUNCTION people_keep_unit_ids();
"""

_ASKED = """
-- The employers' unions of the member for whom a connection works.
CREATE FUNCTION people_own_units() RETURNS bigint[] LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(employer_id), '{}') FROM people_employment WHERE member_id = core_self()
$$;
-- The units told, and -1 for members who work nowhere yet: whoever is told any branch may be registering them.
CREATE FUNCTION people_told_units() RETURNS bigint[] LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN core_told_units() = '{}' THEN '{}' ELSE core_told_units() || -1::bigint END
$$;
-- Members by a part of their name, by the index of parts: LIKE is not leakproof, so that under a policy it waits until the
-- branch's rows are read. This asks for the branch itself. The part is of letters alone.
CREATE FUNCTION people_members_named(part text) RETURNS SETOF bigint LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT id FROM people_member
    WHERE name_key LIKE '%' || part || '%' AND unit_ids && (SELECT people_told_units())::bigint[]
$$;
-- Yes or no about rows of all branches: two of them cannot share a number.
CREATE FUNCTION people_credit_code_known(code text) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM people_employer WHERE credit_code = code)
$$;
CREATE FUNCTION people_application_open(code text) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM people_employerapplication WHERE credit_code = code AND state IN ('submitted', 'returned'))
$$;
CREATE FUNCTION people_identity_known(kind text, hashed text) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM people_member WHERE identity_kind = kind AND identity_index = hashed)
$$;
CREATE FUNCTION people_unit_code_known(wanted text) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM people_unit WHERE code = wanted)
$$;
"""

_UNDO = """
DROP FUNCTION people_own_units(), people_told_units(), people_credit_code_known(text), people_application_open(text),
    people_identity_known(text, text), people_unit_code_known(text), people_members_named(text);
DROP TRIGGER people_member_unit_ids_kept ON people_member;
DROP TRIGGER people_members_placed ON people_employment;
DROP TRIGGER people_members_placed_anew ON people_employment;
DROP TRIGGER people_employment_placed ON people_employment;
DROP FUNCTION people_keep_unit_ids(), people_place_members(), people_place_employment();
"""


def _within(path: str) -> str:
    return f"({path}) ^@ ANY ({TOLD_PATHS})"


def _unit(column: str) -> str:
    return f"SELECT u.path FROM people_unit u WHERE u.id = {column}"  # noqa: S608  # nosec B608


_OWN_ACCOUNT = _within("'/account/' || account_id || '/'")
_OWN_UNITS = "ANY ((SELECT people_own_units())::bigint[])"


def _own(table: str, insert: str, update: tuple[str, str] | None = None) -> migrations.RunSQL:
    """Beside the branch: an account sees its own rows, and writes them in the states in which they are its turn."""
    made = [
        f"CREATE POLICY {table}_own ON {table} FOR SELECT USING ({_OWN_ACCOUNT})",
        f"CREATE POLICY {table}_own_insert ON {table} FOR INSERT WITH CHECK ({_OWN_ACCOUNT} AND {insert})",
    ]
    undone = [f"DROP POLICY {table}_own ON {table}", f"DROP POLICY {table}_own_insert ON {table}"]
    if update:
        using, check = update
        made.append(
            f"CREATE POLICY {table}_own_update ON {table} FOR UPDATE USING ({_OWN_ACCOUNT} AND {using})"
            f" WITH CHECK ({_OWN_ACCOUNT} AND {check})"
        )
        undone.append(f"DROP POLICY {table}_own_update ON {table}")
    return migrations.RunSQL("; ".join(made), "; ".join(undone))


def fences() -> list[migrations.RunSQL]:
    """The steps of the migration."""
    of_member = "EXISTS (SELECT FROM people_member m WHERE m.id = member_id)"  # itself under its fence
    with_a_role_there = "EXISTS (SELECT FROM people_roleassignment r WHERE r.staff_id = people_staff.id)"
    return [
        migrations.RunSQL(_PATHS + _ASKED, _UNDO),
        fenced("people_unit", _within("path"), read=f"level <> 'grassroots' OR id = {_OWN_UNITS}"),
        fenced("people_employer", _within("unit_path"), read=f"unit_id = {_OWN_UNITS}"),
        fenced("people_employment", _within("unit_path"), read=f"member_id = {SELF}"),
        fenced("people_member", f"unit_ids && (SELECT people_told_units())::bigint[] OR id = {SELF}"),
        fenced("people_consent", of_member),
        fenced("people_identitychange", of_member),
        fenced("people_activation", of_member),
        fenced("people_roleassignment", _within(_unit("unit_id"))),
        fenced("people_staff", _within(_unit("unit_id")) + " OR " + with_a_role_there),
        fenced("people_employerclerk", _within(_unit("employer_id"))),
        _own("people_employerclerk", "state = 'registered'"),
        fenced("people_employerapplication", _within(_unit("office_id"))),
        _own(
            "people_employerapplication",
            "state = 'submitted'",
            ("state IN ('submitted', 'returned')", "state IN ('submitted', 'returned')"),
        ),
        fenced(
            "people_employerapplication_papers",
            "EXISTS (SELECT FROM people_employerapplication a WHERE a.id = employerapplication_id)",
        ),
    ]
