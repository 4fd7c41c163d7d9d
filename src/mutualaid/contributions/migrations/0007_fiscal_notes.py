"""互助票据 asked for at a fiscal billing gateway; receipts issued anew, the old ones void; whose name they are made out to."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import mutualaid.contributions.fiscal_models
import mutualaid.core.money
from mutualaid.core.append_only import append_only
from mutualaid.core.row_security import fenced

PROTECT = django.db.models.deletion.PROTECT
ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
STATES = [
    ("wanted", "待申请"),
    ("asked", "开具中"),
    ("unknown", "结果未知"),
    ("issued", "已开具"),
    ("refused", "被退回"),
    ("undone", "已红冲"),
]
LIVE = ("wanted", "asked", "unknown", "issued")
# Seen with their receipt, which is under its own fence.
OF_RECEIPT = "EXISTS (SELECT FROM contributions_receipt r WHERE r.id = receipt_id)"


def _money(**more: int) -> mutualaid.core.money.MoneyField:
    return mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14, **more)


def _receipt(name: str) -> "models.ForeignKey[models.Model, models.Model]":
    return models.ForeignKey(on_delete=PROTECT, related_name=name, to="contributions.receipt")


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("contributions", "0006_parts_and_credits"), ("core", "0007_told_paths_inline")]

    operations = [
        migrations.RemoveField("receipt", "fiscal_check"),
        migrations.RemoveField("receipt", "fiscal_code"),
        migrations.RemoveField("receipt", "fiscal_number"),
        migrations.AddField("fund", "titles_fixed", models.BooleanField(default=True)),
        migrations.RunSQL("CREATE SEQUENCE contributions_fiscal_number", "DROP SEQUENCE contributions_fiscal_number"),
        migrations.CreateModel(
            name="OldReceipt",
            fields=[
                ("id", ID),
                ("number", models.CharField(max_length=20, unique=True)),
                ("payer_name", models.CharField(max_length=100)),
                ("amount", _money()),
                ("issued_at", models.DateTimeField()),
                ("check_code", models.CharField(max_length=16, unique=True)),
                ("reason", models.CharField(max_length=200)),
                ("voided_at", models.DateTimeField()),
                ("receipt", _receipt("old")),
            ],
        ),
        append_only("contributions_oldreceipt"),
        fenced("contributions_oldreceipt", OF_RECEIPT),
        migrations.CreateModel(
            name="FiscalNote",
            fields=[
                ("id", ID),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.contributions.fiscal_models.FiscalNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                    ),
                ),
                ("title", models.CharField(max_length=100)),
                ("amount", _money()),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("next_title", models.CharField(blank=True, max_length=100)),
                ("next_amount", _money(default=0)),
                ("state", models.CharField(choices=STATES, default="wanted", max_length=10)),
                ("code", models.CharField(blank=True, max_length=8)),
                ("serial", models.CharField(blank=True, max_length=10)),
                ("check_code", models.CharField(blank=True, max_length=6)),
                ("issued_on", models.DateField(null=True)),
                ("face_sha256", models.CharField(blank=True, max_length=64)),
                ("refusal", models.CharField(blank=True, max_length=200)),
                ("fault", models.CharField(blank=True, max_length=20)),
                ("wanted_at", models.DateTimeField()),
                ("asked_at", models.DateTimeField(null=True)),
                (
                    "face",
                    models.OneToOneField(null=True, on_delete=PROTECT, related_name="+", to="core.storedfile"),
                ),
                ("receipt", _receipt("fiscal_notes")),
                (
                    "undoes",
                    models.ForeignKey(
                        null=True, on_delete=PROTECT, related_name="red_notes", to="contributions.fiscalnote"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["state", "asked_at"], name="contributio_state_ffa79c_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(state__in=[state for state, _ in STATES]), name="fiscal_note_state"
                    ),
                    models.CheckConstraint(
                        condition=Q(amount__gt=0, undoes=None) | Q(amount__lt=0, undoes__isnull=False),
                        name="fiscal_note_amount",
                    ),
                    models.CheckConstraint(
                        condition=~Q(state__in=["issued", "undone"])
                        | (~Q(code="") & ~Q(serial="") & ~Q(check_code="") & Q(issued_on__isnull=False)),
                        name="fiscal_note_numbers_of_the_gateway",
                    ),
                    models.UniqueConstraint(
                        condition=Q(state__in=LIVE, undoes=None),
                        fields=("receipt",),
                        name="fiscal_note_once_for_a_receipt",
                    ),
                    models.UniqueConstraint(
                        condition=Q(state__in=LIVE, undoes__isnull=False),
                        fields=("undoes",),
                        name="fiscal_note_undone_once",
                    ),
                    models.UniqueConstraint(
                        condition=~Q(serial=""), fields=("code", "serial"), name="fiscal_note_numbers_once"
                    ),
                ],
            },
        ),
        fenced("contributions_fiscalnote", OF_RECEIPT),
    ]
