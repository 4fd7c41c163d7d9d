"""Row-level security of contributions, and tables of it that only grow."""

from django.db import migrations

from mutualaid.core.append_only import append_only
from mutualaid.core.encryption import only_encrypted
from mutualaid.core.row_security import secured

# As the owner: a fund stands above the employers who pay into it, whose branches do not hold its unit.
UNIT_PATH = """
CREATE FUNCTION contributions_unit_path(unit bigint) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$ SELECT path FROM people_unit WHERE id = unit $$
"""
# Where to pay is read by everybody below the office, and written only within its branch.
READ_FROM_BELOW = """
CREATE POLICY contributions_fund_below ON contributions_fund FOR SELECT USING (EXISTS (
    SELECT FROM unnest(string_to_array(coalesce(current_setting('mutualaid.branches', true), ''), ' ')) AS told
    WHERE told <> '' AND starts_with(told, contributions_unit_path(unit_id))
))
"""
OF_BILL = "(SELECT contributions_unit_path(b.employer_id) FROM contributions_bill b WHERE b.id = bill_id)"


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("contributions", "0001_initial")]

    operations = [
        migrations.RunSQL(UNIT_PATH, "DROP FUNCTION contributions_unit_path(bigint)"),
        secured("contributions_fund", "contributions_unit_path(unit_id)"),
        migrations.RunSQL(READ_FROM_BELOW, "DROP POLICY contributions_fund_below ON contributions_fund"),
        secured("contributions_bill", "contributions_unit_path(employer_id)"),
        secured("contributions_order", OF_BILL),
        secured("contributions_receipt", OF_BILL),
        secured("contributions_settlement", OF_BILL),
        secured("contributions_statement", "contributions_unit_path(fund_id)"),
        secured("contributions_statementline", "contributions_unit_path(fund_id)"),
        secured("contributions_payment", "contributions_unit_path(fund_id)"),
        append_only("contributions_payment"),
        append_only("contributions_settlement"),
        only_encrypted("contributions_fund", "account_number"),
        only_encrypted("contributions_statementline", "payer_account"),
    ]
