"""The laws of double entry in PostgreSQL's own words, for the first migration: what no client can get round, whoever it is.

At the end of a transaction each entry written in it has two postings or more that sum to zero, and a reversal undoes its entry
account by account. Postings come in the transaction of their entry or never, in accounts of its book.

The functions work as the owner (SECURITY DEFINER): an entry is weighed with all its postings, whatever the session may see.
Which rows those are is said at the end: a book and all in it belong to the branch of its office.
"""

from __future__ import annotations

from django.db import migrations

from mutualaid.core.row_security import TOLD_PATHS, fenced

_ENTRY = """
CREATE FUNCTION ledger_receive_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    undone ledger_entry%ROWTYPE;
BEGIN
    NEW.written_in := txid_current();  -- whatever the client said
    IF NEW.reverses_id IS NOT NULL THEN
        SELECT * INTO undone FROM ledger_entry WHERE id = NEW.reverses_id;
        IF undone.book_id IS DISTINCT FROM NEW.book_id OR undone.reverses_id IS NOT NULL
            OR undone.posted_on > NEW.posted_on THEN
            RAISE EXCEPTION 'a reversal must be in the book of its entry, not before it, and of no reversal: entry % refused',
                NEW.id USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_entry_received BEFORE INSERT ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_receive_entry();
"""

_POSTING = """
CREATE FUNCTION ledger_receive_posting() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    entered ledger_entry%ROWTYPE;
BEGIN
    SELECT * INTO entered FROM ledger_entry WHERE id = NEW.entry_id;
    IF entered.written_in IS DISTINCT FROM txid_current() THEN
        RAISE EXCEPTION 'entry % was not written in this transaction: posting refused; write a further entry instead',
            NEW.entry_id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM ledger_ledgeraccount WHERE id = NEW.account_id AND book_id = entered.book_id) THEN
        RAISE EXCEPTION 'account % is not in the book of entry %: posting refused', NEW.account_id, NEW.entry_id
            USING ERRCODE = 'check_violation';
    END IF;
    NEW.book_id := entered.book_id;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_posting_received BEFORE INSERT ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_receive_posting();
"""

# Both tables have the trigger: an entry without postings is found by its own, a posting that is added after an early
# SET CONSTRAINTS ... IMMEDIATE by the posting's.
_BALANCE = """
CREATE FUNCTION ledger_check_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
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
        SELECT 1 FROM ledger_posting WHERE entry_id IN (checked, undone) GROUP BY account_id HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'entry % does not undo entry % account by account', checked, undone
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_balance();
CREATE CONSTRAINT TRIGGER ledger_posting_balanced AFTER INSERT ON ledger_posting
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_check_balance();
"""

_REMOVE = """
DROP TRIGGER ledger_entry_received ON ledger_entry;
DROP TRIGGER ledger_entry_balanced ON ledger_entry;
DROP TRIGGER ledger_posting_received ON ledger_posting;
DROP TRIGGER ledger_posting_balanced ON ledger_posting;
DROP FUNCTION ledger_receive_entry();
DROP FUNCTION ledger_receive_posting();
DROP FUNCTION ledger_check_balance();
"""


def balanced() -> migrations.RunSQL:
    """The step of the migration that makes the database keep the laws."""
    return migrations.RunSQL(_ENTRY + _POSTING + _BALANCE, _REMOVE)


_TOLD_BOOKS = """
CREATE FUNCTION ledger_told_books() RETURNS bigint[] LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(b.id), '{}')
    FROM ledger_book b LEFT JOIN people_unit u ON u.id = b.unit_id
    WHERE coalesce(u.path, '') ^@ ANY (core_told_paths())
$$
"""


def fences() -> list[migrations.RunSQL]:
    """Steps of a migration: a book without an office is seen when everything is. The books told are looked up once for a
    statement; each row names its own."""
    own = "book_id = ANY ((SELECT ledger_told_books())::bigint[])"
    path = "coalesce((SELECT u.path FROM people_unit u WHERE u.id = unit_id), '')"
    return [
        migrations.RunSQL(_TOLD_BOOKS, "DROP FUNCTION ledger_told_books()"),
        fenced("ledger_book", f"{path} ^@ ANY ({TOLD_PATHS})"),
        *(fenced(table, own) for table in ("ledger_ledgeraccount", "ledger_entry", "ledger_posting")),
    ]
