"""Whether an entry undoes another is looked up by their numbers, always: asked whether any account does not come to nothing,
PostgreSQL may prefer to go through all postings of a book account by account, for each of 20,000 entries."""

from typing import ClassVar

from django.db import migrations

BALANCE = """
CREATE OR REPLACE FUNCTION ledger_check_balance() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    checked bigint;
    undone bigint;
    lines bigint;
    total numeric;
BEGIN
    IF TG_TABLE_NAME = 'ledger_entry' THEN
        checked := NEW.id;
    ELSE
        checked := NEW.entry_id;
    END IF;
    SELECT count(*), coalesce(sum(amount), 0) INTO lines, total FROM ledger_posting WHERE entry_id = checked;
    IF lines < 2 OR total <> 0 THEN
        RAISE EXCEPTION 'entry % has % postings that sum to %: expected two or more that sum to zero',
            checked, lines, total USING ERRCODE = 'check_violation';
    END IF;
    SELECT reverses_id INTO undone FROM ledger_entry WHERE id = checked;
    IF undone IS NOT NULL AND EXISTS (
        WITH both_entries AS MATERIALIZED (
            SELECT account_id, amount FROM ledger_posting WHERE entry_id IN (checked, undone)
        )
        SELECT 1 FROM both_entries GROUP BY account_id HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'entry % does not undo entry % account by account', checked, undone
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    """See the module. The function refuses what it refused: there is nothing to take back."""

    dependencies: ClassVar = [("ledger", "0004_transit")]
    operations: ClassVar = [migrations.RunSQL(BALANCE, migrations.RunSQL.noop)]
