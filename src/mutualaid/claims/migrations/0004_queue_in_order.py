"""Claims that wait, in the order in which their next step is promised: a page of the queue ends after its rows."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module."""

    dependencies: ClassVar = [("claims", "0003_reminders")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("state__in", ("confirming", "first_review", "final_review"))),
                fields=["due_on", "id"],
                name="claim_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("state__in", ("confirming", "first_review", "final_review"))),
                fields=["unit_path"],
                name="claim_waiting_in_branch",
                opclasses=["text_pattern_ops"],
            ),
        ),
    ]
