"""Covers that came are weighed by their keys, whatever is known of the size of the table: in the transaction that brings a large
roster statistics may still say that there are none, and a plan for none reads all for each, which takes hours."""

from importlib import import_module
from typing import ClassVar

from django.db import migrations

_END = "END $$;"
_TOGETHER: str = import_module("mutualaid.enrolment.migrations.0006_covers_weighed_together").TOGETHER
BEFORE = (_TOGETHER.partition(_END)[0] + _END).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
BY_KEY = "SET enable_seqscan TO off SET enable_hashjoin TO off SET enable_mergejoin TO off"
WEIGH = (
    BEFORE.replace(
        "(SELECT member_id FROM enrolment_cover WHERE id = ANY (came))",
        "(SELECT c.member_id FROM unnest(came) AS one(id) JOIN enrolment_cover c ON c.id = one.id)",
    )
    .replace(
        "FROM enrolment_cover n CROSS JOIN LATERAL",
        "FROM unnest(came) AS one(id) JOIN enrolment_cover n ON n.id = one.id CROSS JOIN LATERAL",
    )
    .replace("WHERE n.id = ANY (came) AND n.state", "WHERE n.state")
    .replace("SET search_path = public, pg_temp", f"SET search_path = public, pg_temp {BY_KEY}")
)


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("enrolment", "0016_joining_batches")]
    operations: ClassVar = [migrations.RunSQL(WEIGH, BEFORE)]
