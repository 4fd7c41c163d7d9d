"""Whoever wrote a claim for its member completes it when it is returned for papers, and reads what they wrote; what the office
computed, decided and remarked of it stays sealed to them, as it was since it was filed."""

from django.db import migrations

# As the owner, so that one look at the claim decides, without its own fence on the way.
FUNCTION = """
CREATE FUNCTION claims_may_examine(claim bigint) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM claims_claim c WHERE c.id = claim AND (
            c.unit_path ^@ ANY (core_told_paths()) AND c.unit_path <> ALL (core_told_paths())
            OR c.member_id = core_self()))
$$
"""
TABLES = ("assessment", "consumption", "reviewtask", "letter", "claimnote", "setoff", "settlement")


def _fence(may: str) -> str:
    return "; ".join(
        f"ALTER POLICY claims_{table}_branch ON claims_{table} USING ({may}) WITH CHECK ({may})" for table in TABLES
    )


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("claims", "0011_doubles_are_merged")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION claims_may_examine(bigint)"),
        migrations.RunSQL(_fence("claims_may_examine(claim_id)"), _fence("claims_may_read(claim_id)")),
    ]
