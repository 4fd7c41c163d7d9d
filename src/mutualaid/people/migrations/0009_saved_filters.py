"""Filters of lists that somebody saved: each sees and writes their own."""

from django.db import migrations, models

from mutualaid.core.encryption import EncryptedField, only_encrypted
from mutualaid.core.row_security import fenced


class Migration(migrations.Migration):
    dependencies = [("core", "0004_files_and_jobs"), ("people", "0008_fences")]

    operations = [
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("by_kind", models.CharField(max_length=10)),
                ("by_key", models.CharField(max_length=64)),
                ("listing", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=30)),
                ("query", EncryptedField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("by_kind", "by_key", "listing", "name"), name="saved_filter_name_once"
                    ),
                    models.CheckConstraint(
                        condition=~models.Q(name="") & ~models.Q(listing=""), name="saved_filter_is_named"
                    ),
                ],
            },
        ),
        fenced("people_savedfilter", "core_is_holder(by_kind, by_key)"),
        only_encrypted("people_savedfilter", "query"),
    ]
