"""How often documents are brought to the public page from one address is counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("proofs", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Asking",
            fields=[
                ("address_hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("begun_at", models.DateTimeField()),
                ("times", models.PositiveIntegerField()),
            ],
        ),
    ]
