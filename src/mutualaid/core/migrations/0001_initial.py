"""The audit trail, append-only, and the function that refuses changes."""

from django.db import migrations, models

from mutualaid.core.append_only import FUNCTION, append_only


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("actor_kind", models.CharField(max_length=10)),
                ("actor_key", models.CharField(max_length=64)),
                ("what", models.CharField(max_length=64)),
                ("subject", models.CharField(max_length=128)),
                ("detail", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["subject", "id"], name="core_audite_subject_1e851a_idx"),
                    models.Index(fields=["actor_kind", "actor_key", "id"], name="core_audite_actor_k_e15b19_idx"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("actor_kind__in", ["staff", "clerk", "member", "system"])),
                        name="audit_actor_kind",
                    )
                ],
            },
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION core_refuse_change()"),
        append_only("core_auditentry"),
    ]
