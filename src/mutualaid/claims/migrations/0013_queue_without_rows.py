"""The indexes of claims that wait hold all that a queue asks of a claim before it shows it: its order is read without rows."""

from typing import ClassVar

from django.db import migrations, models

OPEN = models.Q(("state__in", ("confirming", "first_review", "final_review")))
ASKED = ("unit_path", "member", "first_by", "assigned_to")


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("claims", "0012_seal_decisions")]
    operations: ClassVar = [
        migrations.RemoveIndex(model_name="claim", name="claim_queue"),
        migrations.RemoveIndex(model_name="claim", name="claim_waiting"),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(condition=OPEN, fields=["state", "due_on", "id"], include=ASKED, name="claim_queue"),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=OPEN, fields=["due_on", "id"], include=("state", *ASKED), name="claim_waiting"
            ),
        ),
    ]
