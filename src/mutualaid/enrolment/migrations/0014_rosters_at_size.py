"""Rows of rosters keep no number as plain text in their faults. Indexes of covers and rows of rosters that another begins with,
or that nothing asks, go: each makes every insert longer."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


def _key(to: str, name: str) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name=name, to=to)


# The number that was offered instead of an old one stood beside the encrypted text that it was made of.
NO_OFFERS = """
UPDATE enrolment_rosterrow SET faults = (
    SELECT jsonb_agg(one || '{"offered": ""}' ORDER BY place)
    FROM jsonb_array_elements(faults) WITH ORDINALITY AS each_of(one, place))
WHERE jsonb_path_exists(faults, '$[*].offered ? (@ <> "")');
ALTER TABLE enrolment_rosterrow ADD CONSTRAINT roster_row_offers_no_plain_number
    CHECK (faults = '[]' OR NOT jsonb_path_exists(faults, '$[*].offered ? (@ <> "")'));
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("enrolment", "0013_headcounts_of_groups"), ("people", "0021_indexes_that_are_asked")]
    operations: ClassVar = [
        migrations.RunSQL(
            NO_OFFERS, "ALTER TABLE enrolment_rosterrow DROP CONSTRAINT roster_row_offers_no_plain_number"
        ),
        migrations.AlterField("cover", "employer", _key("people.employer", "covers")),
        migrations.AlterField("cover", "member", _key("people.member", "covers")),
        migrations.AlterField("rosterrow", "enrolment", _key("enrolment.enrolment", "rows")),
        migrations.AlterField("rosterrow", "identity_index", models.CharField(blank=True, max_length=64)),
    ]
