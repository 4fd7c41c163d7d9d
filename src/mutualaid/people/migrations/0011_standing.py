"""What the beginning of each request asks of whoever is signed in, in one statement."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations

FUNCTION = """
-- Who an account is as staff, clerk or member: asked before a request is told what it may see, of the account that its
-- session proves. Null for whoever is none of it.
CREATE FUNCTION people_standing(account bigint, kind text, today date) RETURNS jsonb LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE kind
        WHEN 'staff' THEN (
            SELECT jsonb_build_object('name', s.name, 'place', u.name, 'roles', (
                SELECT coalesce(jsonb_agg(jsonb_build_array(r.role, o.path)), '[]')
                FROM people_roleassignment r JOIN people_unit o ON o.id = r.unit_id
                WHERE r.staff_id = s.id AND r.from_on <= today AND (r.until_on IS NULL OR r.until_on > today)))
            FROM people_staff s JOIN people_unit u ON u.id = s.unit_id WHERE s.account_id = account)
        WHEN 'clerk' THEN (
            SELECT jsonb_build_object('paths', coalesce(jsonb_agg(DISTINCT e.unit_path), '[]'))
            FROM people_employerclerk c JOIN people_employer e ON e.unit_id = c.employer_id
            WHERE c.account_id = account AND c.state = 'bound')
        WHEN 'member' THEN (
            SELECT jsonb_build_object('member', m.id, 'name', m.name) FROM people_member m WHERE m.account_id = account)
    END
$$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("people", "0010_clients")]
    operations: ClassVar = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION people_standing(bigint, text, date)"),
    ]
