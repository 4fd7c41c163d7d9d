"""Row-level security of payouts, tables of it that only grow, and what is never changed once it is ordered."""

from django.db import migrations

from mutualaid.core.append_only import append_only
from mutualaid.core.encryption import only_encrypted
from mutualaid.core.row_security import secured

OF_ORDER = "(SELECT o.unit_path FROM payouts_paymentorder o WHERE o.id = order_id)"
MEMBER_OF_ORDER = "(SELECT o.member_id FROM payouts_paymentorder o WHERE o.id = order_id)"

# Whoever writes, and whatever the program does: who is paid, how much, by which account and from which fund is said once.
FIXED = """
CREATE FUNCTION payouts_keep_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.number, NEW.reference, NEW.ordinal, NEW.fund_id, NEW.payee_name, NEW.account_number, NEW.bank_name, NEW.bank_code,
        NEW.amount, NEW.replaces_id, NEW.root_id)
        IS DISTINCT FROM
       (OLD.number, OLD.reference, OLD.ordinal, OLD.fund_id, OLD.payee_name, OLD.account_number, OLD.bank_name, OLD.bank_code,
        OLD.amount, OLD.replaces_id, OLD.root_id) THEN
        RAISE EXCEPTION 'order %: what is paid to whom never changes; order it anew instead', OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payouts_paymentorder_kept BEFORE UPDATE ON payouts_paymentorder
    FOR EACH ROW EXECUTE FUNCTION payouts_keep_order();
CREATE FUNCTION payouts_replace_order() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM payouts_paymentorder o WHERE o.id = NEW.replaces_id AND o.state IN ('failed', 'returned')
            AND (o.reference, o.ordinal, o.amount, o.fund_id, coalesce(o.root_id, o.id))
                = (NEW.reference, NEW.ordinal, NEW.amount, NEW.fund_id, NEW.root_id)
    ) THEN
        RAISE EXCEPTION 'an order is made anew only for one that is known to have failed or come back, for its amount: refused'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payouts_paymentorder_replacing BEFORE INSERT ON payouts_paymentorder
    FOR EACH ROW EXECUTE FUNCTION payouts_replace_order();
"""
UNFIXED = """
DROP TRIGGER payouts_paymentorder_kept ON payouts_paymentorder;
DROP TRIGGER payouts_paymentorder_replacing ON payouts_paymentorder;
DROP FUNCTION payouts_keep_order();
DROP FUNCTION payouts_replace_order();
"""


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("payouts", "0001_initial"), ("contributions", "0002_fences")]

    operations = [
        secured("payouts_paymentorder", "unit_path", member="member_id"),
        secured("payouts_ordershare", OF_ORDER, member=MEMBER_OF_ORDER),
        secured("payouts_batch", "contributions_unit_path(fund_id)"),
        secured("payouts_bankresult", "contributions_unit_path(fund_id)"),
        append_only("payouts_ordershare"),
        only_encrypted("payouts_paymentorder", "account_number"),
        migrations.RunSQL(FIXED, UNFIXED),
    ]
