"""A member whose employments are written first has their units from the beginning; hashes are not looked up by how they begin."""

from typing import ClassVar

from django.db import migrations

from mutualaid.core.encryption import only_equal, quickly_checked

# What a client writes is not taken. An empty array says that employments are there already: a roster of thousands writes them
# first, so that each member is written once, not again for their units and again for when they changed.
KEPT = """
CREATE OR REPLACE FUNCTION people_keep_unit_ids() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        IF TG_OP = 'UPDATE' THEN
            NEW.unit_ids := OLD.unit_ids;
        ELSIF NEW.unit_ids = '{}' THEN
            SELECT coalesce(array_agg(DISTINCT one ORDER BY one), '{-1,0}') INTO NEW.unit_ids
            FROM people_employment w,
                unnest(string_to_array(trim(BOTH '/' FROM w.unit_path), '/')::bigint[] || 0::bigint) AS one
            WHERE w.member_id = NEW.id;
        ELSE
            NEW.unit_ids := '{-1,0}';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION people_keep_unit_ids() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("people", "0017_kin")]
    operations: ClassVar = [
        migrations.RunSQL(KEPT, BEFORE),
        quickly_checked("people_member", "identity_number", "phone", "bank_card"),
        *(only_equal("people_member", f"{name}_index") for name in ("identity_tail", "phone", "bank_card")),
    ]
