"""What was used up before, notes of calls and short messages (papers that are missing, amounts) are for offices and the member:
an employer's clerk, who may see the member, reads none of them."""

from django.db import migrations

from mutualaid.core.row_security import SELF

# Of the units told, those of offices: employers' own unions are leaves. 0 is everything, -1 members who work nowhere yet.
FUNCTION = """
CREATE FUNCTION claims_told_offices() RETURNS bigint[] LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN count(*) = 0 THEN '{}' ELSE array_agg(told) || -1::bigint END
    FROM unnest(core_told_units()) AS told
    WHERE told = 0 OR EXISTS (SELECT FROM people_unit u WHERE u.id = told AND u.level <> 'grassroots')
$$
"""
OF_MEMBER = "EXISTS (SELECT FROM people_member m WHERE m.id = member_id"
BEFORE = f"member_id = {SELF} OR {OF_MEMBER})"
SEALED = f"member_id = {SELF} OR {OF_MEMBER} AND m.unit_ids && (SELECT claims_told_offices())::bigint[])"


MESSAGES_BEFORE = f"{OF_MEMBER})"
MESSAGES = f"{OF_MEMBER} AND (m.unit_ids && (SELECT claims_told_offices())::bigint[] OR m.id = {SELF}))"


def _fence(may: str, messages: str) -> str:
    tables = {"claims_opening": may, "claims_callnote": may, "notices_smsmessage": messages}
    return "; ".join(
        f"ALTER POLICY {table}_branch ON {table} USING ({is_seen}) WITH CHECK ({is_seen})"
        for table, is_seen in tables.items()
    )


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("claims", "0005_two_persons_review"),
        ("people", "0011_standing"),
        ("notices", "0002_messages_and_webhooks"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION claims_told_offices()"),
        migrations.RunSQL(_fence(SEALED, MESSAGES), _fence(BEFORE, MESSAGES_BEFORE)),
    ]
