"""What is paid to members is no business of their employer: its clerks and programs read no payment order."""

from django.db import migrations

from mutualaid.core.row_security import SELF, TOLD_PATHS

BEFORE = f"(unit_path) ^@ ANY ({TOLD_PATHS}) OR (member_id) = {SELF}"
# Who is told the very unit of an order sees it where that is an office's, not where it is an employer's.
OF_EMPLOYER = "EXISTS (SELECT FROM people_employer e WHERE e.unit_path = payouts_paymentorder.unit_path)"
AFTER = (
    f"unit_path ^@ ANY ({TOLD_PATHS}) AND (unit_path <> ALL ({TOLD_PATHS}) OR NOT {OF_EMPLOYER}) OR member_id = {SELF}"
)
SHARE_BEFORE = (
    f"((SELECT o.unit_path FROM payouts_paymentorder o WHERE o.id = order_id)) ^@ ANY ({TOLD_PATHS})"  # noqa: S608  # nosec B608
    f" OR ((SELECT o.member_id FROM payouts_paymentorder o WHERE o.id = order_id)) = {SELF}"
)
SHARE_AFTER = "EXISTS (SELECT FROM payouts_paymentorder o WHERE o.id = order_id)"  # itself under its fence


def _fence(order: str, share: str) -> str:
    return (
        f"ALTER POLICY payouts_paymentorder_branch ON payouts_paymentorder USING ({order}) WITH CHECK ({order});"
        f" ALTER POLICY payouts_ordershare_branch ON payouts_ordershare USING ({share}) WITH CHECK ({share})"
    )


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("payouts", "0002_fences"), ("people", "0011_standing")]

    operations = [migrations.RunSQL(_fence(AFTER, SHARE_AFTER), _fence(BEFORE, SHARE_BEFORE))]
