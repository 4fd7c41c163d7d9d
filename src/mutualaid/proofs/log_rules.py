"""What PostgreSQL itself keeps of the log: no row of the audit trail is passed over, no position skipped, no head goes back."""

from __future__ import annotations

from django.db import migrations

_WAITING = """
CREATE FUNCTION proofs_wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO proofs_waitingleaf (entry) SELECT id FROM fresh;
    RETURN NULL;
END $$;
CREATE TRIGGER proofs_waiting AFTER INSERT ON core_auditentry
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION proofs_wait();
INSERT INTO proofs_waitingleaf (entry) SELECT id FROM core_auditentry;

CREATE FUNCTION proofs_keep_waiting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM gone WHERE NOT EXISTS (SELECT FROM proofs_leaf WHERE entry_id = gone.entry)) THEN
        RAISE EXCEPTION 'a row of the audit trail waits for its position: it stays until it has one'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER proofs_waiting_kept AFTER DELETE ON proofs_waitingleaf
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION proofs_keep_waiting();
CREATE TRIGGER proofs_waiting_unchanged BEFORE UPDATE ON proofs_waitingleaf
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
CREATE TRIGGER proofs_waiting_never_emptied BEFORE TRUNCATE ON proofs_waitingleaf
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
"""

_GAPLESS = """
CREATE FUNCTION proofs_no_gap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lowest bigint; highest bigint; many bigint; before bigint;
BEGIN
    SELECT min(position), max(position), count(*) INTO lowest, highest, many FROM fresh;
    SELECT max(position) INTO before FROM proofs_leaf WHERE position < lowest;
    IF many > 0 AND (lowest <> coalesce(before + 1, 0) OR highest - lowest + 1 <> many
                     OR highest <> (SELECT max(position) FROM proofs_leaf)) THEN
        RAISE EXCEPTION 'positions of leaves follow each other: expected % and so on, found % to %',
            coalesce(before + 1, 0), lowest, highest USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER proofs_leaf_no_gap AFTER INSERT ON proofs_leaf
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION proofs_no_gap();
"""

_FORWARD = """
CREATE FUNCTION proofs_forward() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last proofs_treehead; leaves bigint;
BEGIN
    SELECT * INTO last FROM proofs_treehead ORDER BY size DESC LIMIT 1;
    SELECT max(position) + 1 INTO leaves FROM proofs_leaf;
    IF NEW.size <= last.size OR NEW.at < last.at OR NEW.size <> coalesce(leaves, 0) THEN
        RAISE EXCEPTION 'a head never goes back: expected one of all % leaves, larger than % and not before %, found % at %',
            leaves, last.size, last.at, NEW.size, NEW.at USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER proofs_head_forward BEFORE INSERT ON proofs_treehead FOR EACH ROW EXECUTE FUNCTION proofs_forward();
"""


def kept() -> list[migrations.RunSQL]:
    """The steps of a migration."""
    return [
        migrations.RunSQL(
            _WAITING,
            "DROP TRIGGER proofs_waiting ON core_auditentry; DROP TRIGGER proofs_waiting_kept ON proofs_waitingleaf;"
            " DROP TRIGGER proofs_waiting_unchanged ON proofs_waitingleaf;"
            " DROP TRIGGER proofs_waiting_never_emptied ON proofs_waitingleaf;"
            " DROP FUNCTION proofs_wait(), proofs_keep_waiting()",
        ),
        migrations.RunSQL(_GAPLESS, "DROP TRIGGER proofs_leaf_no_gap ON proofs_leaf; DROP FUNCTION proofs_no_gap()"),
        migrations.RunSQL(
            _FORWARD, "DROP TRIGGER proofs_head_forward ON proofs_treehead; DROP FUNCTION proofs_forward()"
        ),
    ]
