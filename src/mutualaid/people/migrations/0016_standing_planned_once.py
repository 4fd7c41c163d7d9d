"""Who stands behind a session: the same answer by PL/pgSQL, whose plans a connection keeps. In plain SQL the three questions were
planned anew by every request, which took longer than to answer the one that is asked."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION people_standing(account bigint, kind text, today date) RETURNS jsonb LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF kind = 'staff' THEN
        RETURN (
            SELECT jsonb_build_object('name', s.name, 'place', u.name, 'roles', (
                SELECT coalesce(jsonb_agg(jsonb_build_array(r.role, o.path)), '[]')
                FROM people_roleassignment r JOIN people_unit o ON o.id = r.unit_id
                WHERE r.staff_id = s.id AND r.from_on <= today AND (r.until_on IS NULL OR r.until_on > today)))
            FROM people_staff s JOIN people_unit u ON u.id = s.unit_id WHERE s.account_id = account);
    ELSIF kind = 'clerk' THEN
        RETURN (
            SELECT jsonb_build_object('paths', coalesce(jsonb_agg(DISTINCT e.unit_path), '[]'))
            FROM people_employerclerk c JOIN people_employer e ON e.unit_id = c.employer_id
            WHERE c.account_id = account AND c.state = 'bound');
    ELSIF kind = 'member' THEN
        RETURN (
            SELECT jsonb_build_object('member', m.id, 'name', m.name) FROM people_member m WHERE m.account_id = account);
    END IF;
    RETURN NULL;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("people", "0015_doubles")]
    operations: ClassVar = [migrations.RunSQL(FUNCTION, migrations.RunSQL.noop)]
