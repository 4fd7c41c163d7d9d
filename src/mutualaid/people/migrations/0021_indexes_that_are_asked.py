"""Indexes of members that nothing asks go: each makes every insert of a roster longer (docs/performance.md)."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.core.encryption
from mutualaid.core.encryption import only_equal


class Migration(migrations.Migration):
    dependencies: ClassVar = [("people", "0020_unit_moves")]
    operations: ClassVar = [
        # Searched by how they begin alone.
        migrations.AlterField("member", "initials", models.CharField(blank=True, max_length=50)),
        migrations.AddIndex(
            "member",
            models.Index(fields=["initials"], name="member_initials_begin", opclasses=["text_pattern_ops"]),
        ),
        # By a part, for which there are trigrams; and in its order, where persons are looked for who were recorded twice.
        migrations.AlterField("member", "name_key", models.CharField(max_length=100)),
        migrations.AddIndex("member", models.Index(fields=["name_key"], name="member_by_name_key")),
        # Compared with one that is told, never looked up.
        migrations.AlterField(
            "member", "bank_card_index", mutualaid.core.encryption.BlindIndexField(editable=False, null=True)
        ),
        # Of hardly anybody.
        migrations.AlterField(
            "member",
            "merged_into",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="doubles",
                to="people.member",
            ),
        ),
        migrations.AddIndex(
            "member",
            models.Index(fields=["merged_into"], condition=models.Q(merged_into__isnull=False), name="member_doubles"),
        ),
        only_equal("people_member", "number"),
    ]
