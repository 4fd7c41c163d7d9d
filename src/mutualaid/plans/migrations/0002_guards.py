"""What Django's constraints cannot say: what was published never changes, and who sees which versions.

Published versions and offices' words are public (they hold no personal data, and employers, members and machines of the
branches below read them); drafts are seen, and all is written, within the office's branch alone.
"""

from django.db import migrations

PUBLISHED_STAYS = """
CREATE FUNCTION plans_published_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        RAISE EXCEPTION 'versions of plans are never emptied; withdraw or discard them' USING ERRCODE = 'restrict_violation';
    ELSIF TG_OP = 'DELETE' THEN
        IF OLD.state IN ('published', 'withdrawn') THEN
            RAISE EXCEPTION 'plan %: what was published stays; withdraw it instead', OLD.plan
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF OLD.state IN ('published', 'withdrawn') THEN
        IF (NEW.id, NEW.number, NEW.office_id, NEW.plan, NEW.family, NEW.name_zh, NEW.name_en, NEW.text, NEW.sha256,
            NEW.based_on_id, NEW.drafted_by, NEW.authors, NEW.drafted_at, NEW.published_at, NEW.offered_from_on)
            IS DISTINCT FROM
           (OLD.id, OLD.number, OLD.office_id, OLD.plan, OLD.family, OLD.name_zh, OLD.name_en, OLD.text, OLD.sha256,
            OLD.based_on_id, OLD.drafted_by, OLD.authors, OLD.drafted_at, OLD.published_at, OLD.offered_from_on) THEN
            RAISE EXCEPTION 'plan %: what was published never changes; publish a later version', OLD.plan
                USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.state NOT IN ('withdrawn', OLD.state) THEN
            RAISE EXCEPTION 'plan %: a % version cannot become %', OLD.plan, OLD.state, NEW.state
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plans_version_stays BEFORE UPDATE OR DELETE ON plans_planversion
    FOR EACH ROW EXECUTE FUNCTION plans_published_stays();
CREATE TRIGGER plans_version_never_emptied BEFORE TRUNCATE ON plans_planversion
    FOR EACH STATEMENT EXECUTE FUNCTION plans_published_stays();
"""
PUBLISHED_STAYS_NOT = """
DROP TRIGGER plans_version_stays ON plans_planversion;
DROP TRIGGER plans_version_never_emptied ON plans_planversion;
DROP FUNCTION plans_published_stays();
"""
PATH_OF_OFFICE = "(SELECT u.path FROM people_unit u WHERE u.id = office_id)"
PATH_OF_UNIT = "(SELECT u.path FROM people_unit u WHERE u.id = unit_id)"


def public(table: str, path: str, readable: str) -> migrations.RunSQL:
    """Rows are written within the branch of a path, and read there or by everybody where ``readable``."""
    within = f"core_may_see({path})"
    return migrations.RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY {table}_branch ON {table} USING ({within}) WITH CHECK ({within});
        CREATE POLICY {table}_public ON {table} FOR SELECT USING ({readable});
        """,
        f"""
        DROP POLICY {table}_public ON {table};
        DROP POLICY {table}_branch ON {table};
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY
        """,
    )


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("core", "0002_row_security"), ("people", "0003_guards"), ("plans", "0001_initial")]

    operations = [
        migrations.RunSQL(PUBLISHED_STAYS, PUBLISHED_STAYS_NOT),
        public("plans_planversion", PATH_OF_OFFICE, "state IN ('published', 'withdrawn')"),
        public("plans_officewords", PATH_OF_UNIT, "true"),
    ]
