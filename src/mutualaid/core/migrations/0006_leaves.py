"""Each row of the audit trail bears the leaf that the log of proofs takes up; rows of before are given theirs."""

import secrets
from typing import Any

from django.db import migrations, models
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from mutualaid.core.audit import SALT_BYTES, content_of
from mutualaid.core.leaves import leaf_of

BATCH = 5000


def give_leaves(apps: Any, schema_editor: Any) -> None:
    """Salt and leaf of the rows that have none. The trigger that refuses changes is put aside for this transaction's own work."""
    entries = apps.get_model("core", "AuditEntry").objects
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditentry DISABLE TRIGGER core_auditentry_append_only")
        last = 0
        while batch := list(entries.filter(id__gt=last).order_by("id")[:BATCH]):
            for entry in batch:
                entry.salt = secrets.token_bytes(SALT_BYTES)
            cursor.execute(
                "UPDATE core_auditentry AS entry SET salt = given.salt, leaf = given.leaf"
                " FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) AS given (id, salt, leaf)"
                " WHERE entry.id = given.id",
                [
                    [entry.id for entry in batch],
                    [entry.salt for entry in batch],
                    [leaf_of(content_of(entry)) for entry in batch],
                ],
            )
            last = batch[-1].id
        cursor.execute("ALTER TABLE core_auditentry ENABLE TRIGGER core_auditentry_append_only")


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("core", "0005_clients")]

    operations = [
        migrations.AddField("auditentry", "salt", models.BinaryField(max_length=16, null=True)),
        migrations.AddField("auditentry", "leaf", models.BinaryField(max_length=32, null=True)),
        migrations.RunPython(give_leaves, migrations.RunPython.noop),
        migrations.AlterField("auditentry", "salt", models.BinaryField(max_length=16)),
        migrations.AlterField("auditentry", "leaf", models.BinaryField(max_length=32)),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(Exact(Length("salt"), 16), Exact(Length("leaf"), 32)), name="audit_leaf_length"
            ),
        ),
    ]
