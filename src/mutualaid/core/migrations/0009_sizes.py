"""Whoever brings many rows lets PostgreSQL see how large the table becomes, while it becomes so (``core.sizes``)."""

from typing import ClassVar

from django.db import migrations

# As the owner, for only an owner may analyze on every version of PostgreSQL that is supported. The lock is held until the
# transaction ends: whoever finds it taken goes on, for another is looking, and what that one learns is told to all at once.
LEARN = """
CREATE FUNCTION core_learn_size(of regclass, rows bigint) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_class WHERE oid = of AND relkind = 'r' AND reltuples >= 0 AND reltuples < rows) THEN
        RETURN false;
    END IF;
    BEGIN
        EXECUTE format('LOCK TABLE ONLY %s IN SHARE UPDATE EXCLUSIVE MODE NOWAIT', of);
    EXCEPTION WHEN lock_not_available THEN
        RETURN false;
    END;
    EXECUTE format('ANALYZE %s', of);
    RETURN true;
END $$;
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("core", "0008_stages_of_a_job")]
    operations: ClassVar = [migrations.RunSQL(LEARN, "DROP FUNCTION core_learn_size(regclass, bigint)")]
