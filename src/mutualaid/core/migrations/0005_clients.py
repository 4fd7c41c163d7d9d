"""Programs of others, by the interface, stand in the audit trail too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0004_files_and_jobs")]

    operations = [
        migrations.RemoveConstraint(model_name="auditentry", name="audit_actor_kind"),
        migrations.AddConstraint(
            model_name="auditentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("actor_kind__in", ["staff", "clerk", "member", "system", "client"])),
                name="audit_actor_kind",
            ),
        ),
    ]
