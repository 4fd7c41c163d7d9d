"""What Django's constraints cannot say: the tree of units, employers at its leaves, encrypted columns, tables that only grow."""

from django.db import migrations

from mutualaid.core.append_only import append_only
from mutualaid.core.encryption import only_encrypted

PLACE_UNIT = """
CREATE FUNCTION people_place_unit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    above people_unit;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.parent_id, NEW.level, NEW.path) IS DISTINCT FROM (OLD.id, OLD.parent_id, OLD.level, OLD.path) THEN
            RAISE EXCEPTION 'unit % stays where it is: id, parent, level and path do not change; register another', OLD.id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.parent_id IS NULL THEN
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
CREATE TRIGGER people_unit_placed BEFORE INSERT OR UPDATE ON people_unit
    FOR EACH ROW EXECUTE FUNCTION people_place_unit();
"""

EMPLOYER_AT_A_LEAF = """
CREATE FUNCTION people_employer_at_a_leaf() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM people_unit WHERE id = NEW.unit_id AND level = 'grassroots') THEN
        RAISE EXCEPTION 'employer %: its unit must be a grassroots union', NEW.credit_code USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_employer_placed BEFORE INSERT OR UPDATE OF unit_id ON people_employer
    FOR EACH ROW EXECUTE FUNCTION people_employer_at_a_leaf();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial"), ("people", "0002_units_members_roles")]

    operations = [
        migrations.RunSQL(
            PLACE_UNIT, "DROP TRIGGER people_unit_placed ON people_unit; DROP FUNCTION people_place_unit()"
        ),
        migrations.RunSQL(
            EMPLOYER_AT_A_LEAF,
            "DROP TRIGGER people_employer_placed ON people_employer; DROP FUNCTION people_employer_at_a_leaf()",
        ),
        only_encrypted("people_account", "phone", "totp_secret"),
        only_encrypted("people_employer", "contact_phone"),
        only_encrypted("people_member", "identity_number", "phone", "bank_card"),
        only_encrypted("people_identitychange", "identity_number"),
        append_only("people_consent"),
        append_only("people_identitychange"),
    ]
