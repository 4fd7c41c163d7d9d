"""The books: accounts, entries, postings, all of them append-only, and the laws of double entry."""

from django.db import migrations, models

from mutualaid.core.append_only import append_only
from mutualaid.core.money import MoneyField
from mutualaid.ledger.balancing import balanced, fences


class Migration(migrations.Migration):
    initial = True

    dependencies = [("core", "0003_own_rows"), ("people", "0002_units_members_roles")]

    operations = [
        migrations.CreateModel(
            name="Book",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64, unique=True)),
                ("name", models.CharField(max_length=100)),
                (
                    "unit",
                    models.ForeignKey(null=True, on_delete=models.PROTECT, related_name="books", to="people.unit"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("posted_on", models.DateField()),
                ("posted_at", models.DateTimeField()),
                ("text", models.CharField(max_length=200)),
                ("subject", models.CharField(max_length=128)),
                ("event", models.CharField(max_length=64)),
                ("written_in", models.BigIntegerField(db_default=models.Func(function="txid_current"), editable=False)),
                (
                    "book",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="entries", to="ledger.book"),
                ),
                (
                    "reverses",
                    models.OneToOneField(
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="reversal",
                        to="ledger.entry",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=10)),
                ("plan", models.CharField(blank=True, max_length=64)),
                ("period_from_on", models.DateField(null=True)),
                ("period_until_on", models.DateField(null=True)),
                ("unit", models.CharField(blank=True, max_length=64)),
                (
                    "book",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="accounts", to="ledger.book"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", MoneyField()),
                ("book_id", models.BigIntegerField(db_default=0, editable=False)),
                (
                    "account",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="postings", to="ledger.ledgeraccount"),
                ),
                (
                    "entry",
                    models.ForeignKey(on_delete=models.PROTECT, related_name="postings", to="ledger.entry"),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["book", "posted_on", "id"], name="ledger_entry_by_day"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(fields=("book", "subject", "event"), name="ledger_event_once"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("subject", ""), _negated=True), models.Q(("event", ""), _negated=True)),
                name="ledger_event_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.UniqueConstraint(
                fields=("book", "code", "plan", "period_from_on", "period_until_on", "unit"),
                name="ledger_account_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "code__in",
                        [
                            "1002.01",
                            "1121.01",
                            "2202.01",
                            "2203.01",
                            "2209.01",
                            "2209.02",
                            "3102.01",
                            "4201.01",
                            "4901.01",
                            "5101.01",
                        ],
                    )
                ),
                name="ledger_account_in_chart",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("period_from_on__isnull", True), ("period_until_on__isnull", True)),
                    models.Q(("period_from_on__isnull", False), ("period_until_on__gt", models.F("period_from_on"))),
                    _connector="OR",
                ),
                name="ledger_account_period",
            ),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="ledger_posting_not_zero"
            ),
        ),
        balanced(),
        append_only("ledger_ledgeraccount"),
        append_only("ledger_entry"),
        append_only("ledger_posting"),
        *fences(),
    ]
