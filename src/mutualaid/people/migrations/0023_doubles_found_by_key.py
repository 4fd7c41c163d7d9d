"""Whether somebody was merged is looked up by the key of each, whatever is known of the size of the tables: in the transaction
that brings a large roster statistics may still say that there is nobody, and a plan for nobody reads all for each."""

from typing import ClassVar

from django.db import migrations

BY_KEY = "SET enable_seqscan TO off SET enable_hashjoin TO off SET enable_mergejoin TO off"
AS_BEFORE = "RESET enable_seqscan RESET enable_hashjoin RESET enable_mergejoin"


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("people", "0022_merged_employers")]
    operations: ClassVar = [
        migrations.RunSQL(
            f"ALTER FUNCTION people_refuse_double() {BY_KEY}", f"ALTER FUNCTION people_refuse_double() {AS_BEFORE}"
        )
    ]
