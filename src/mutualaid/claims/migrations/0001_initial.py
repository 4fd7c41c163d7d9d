"""Tables of claims: the first half; the others follow in ``0001_reviewing``."""

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.claims.models
import mutualaid.core.encryption
import mutualaid.core.money


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0005_clients"),
        ("people", "0010_clients"),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE claims_claim_number", "DROP SEQUENCE claims_claim_number"),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.claims.models.ClaimNumber(), editable=False, max_length=20, unique=True
                    ),
                ),
                ("unit_path", models.CharField(max_length=200)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("member", "本人"),
                            ("employer", "单位代办"),
                            ("counter", "窗口代录"),
                            ("kin", "近亲属"),
                            ("api", "系统接入"),
                            ("takeover", "旧系统接管"),
                        ],
                        max_length=10,
                    ),
                ),
                ("by_kind", models.CharField(max_length=10)),
                ("by_key", models.CharField(max_length=64)),
                ("begun_at", models.DateTimeField()),
                ("filed_on", models.DateField(null=True)),
                ("completed_at", models.DateTimeField(null=True)),
                ("counts", models.BooleanField(default=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "填写中"),
                            ("confirming", "待单位确认"),
                            ("first_review", "待初审"),
                            ("final_review", "待复审"),
                            ("approved", "已核准"),
                            ("refused", "不予支付"),
                            ("returned", "待补材料"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                ("due_on", models.DateField(null=True)),
                ("first_by", models.CharField(blank=True, max_length=64)),
                ("final_by", models.CharField(blank=True, max_length=64)),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "assigned_to",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="people.staff"
                    ),
                ),
                (
                    "employer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="people.employer"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="people.member"
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"),
                ),
                (
                    "same_as",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="claims.claim"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Particulars",
            fields=[
                (
                    "claim",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="particulars",
                        serialize=False,
                        to="claims.claim",
                    ),
                ),
                ("kind", models.CharField(blank=True, max_length=30)),
                ("started_on", models.DateField(null=True)),
                ("ended_on", models.DateField(null=True)),
                ("hospital", models.CharField(blank=True, max_length=100)),
                ("total_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("facts", mutualaid.core.encryption.EncryptedField(default="{}")),
                ("payee_name", models.CharField(blank=True, max_length=50)),
                ("account_number", mutualaid.core.encryption.EncryptedField(null=True)),
                ("account_index", mutualaid.core.encryption.BlindIndexField(db_index=True, editable=False, null=True)),
                ("bank_name", models.CharField(blank=True, max_length=100)),
                ("bank_code", models.CharField(blank=True, max_length=12)),
                ("applicant", mutualaid.core.encryption.EncryptedField(null=True)),
                ("reason", mutualaid.core.encryption.EncryptedField(null=True)),
                ("reason_word", models.CharField(blank=True, max_length=30)),
            ],
        ),
        migrations.CreateModel(
            name="CallNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("caller", models.CharField(max_length=50)),
                ("subject", models.CharField(max_length=100)),
                ("text", mutualaid.core.encryption.EncryptedField()),
                ("follow_up_on", models.DateField(null=True)),
                ("by_key", models.CharField(max_length=64)),
                ("by_name", models.CharField(max_length=50)),
                ("at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="call_notes", to="people.member"
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_notes",
                        to="claims.claim",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                ("total_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                ("refers", models.BooleanField()),
                ("refuses", models.BooleanField()),
                ("provisional", models.BooleanField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="assessments", to="claims.claim"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ClaimNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", mutualaid.core.encryption.EncryptedField()),
                ("by_key", models.CharField(max_length=64)),
                ("by_name", models.CharField(max_length=50)),
                ("at", models.DateTimeField()),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="claims.claim"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ClaimPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=30)),
                ("page", models.PositiveSmallIntegerField(default=1)),
                ("at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="papers", to="claims.claim"
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("confirmed", models.BooleanField()),
                ("remark", models.CharField(blank=True, max_length=200)),
                ("by_key", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="confirmations", to="claims.claim"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Consumption",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField()),
                (
                    "step",
                    models.CharField(
                        choices=[("reserved", "已占用"), ("final", "已确认"), ("reversed", "已冲回")], max_length=8
                    ),
                ),
                ("family", models.CharField(max_length=64)),
                ("counter", models.CharField(max_length=160)),
                ("key", models.CharField(max_length=200)),
                ("quantity", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="consumption", to="claims.claim"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.member"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ExpenseLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveSmallIntegerField()),
                ("item", models.CharField(max_length=60)),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                ("out_of_scope_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="expenses", to="claims.claim"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="claims.claim"
                    ),
                ),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Opening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("family", models.CharField(max_length=64)),
                ("counter", models.CharField(max_length=160)),
                ("key", models.CharField(max_length=200)),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("count", models.PositiveIntegerField(null=True)),
                ("last_on", models.DateField(null=True)),
                ("source", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="openings", to="people.member"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PapersWanted",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.JSONField()),
                ("text", mutualaid.core.encryption.EncryptedField()),
                ("until_on", models.DateField()),
                ("at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="returns", to="claims.claim"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.staff"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReviewRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("family", models.CharField(blank=True, max_length=64)),
                ("amount_from", mutualaid.core.money.MoneyField(decimal_places=2, default=0, max_digits=14)),
                ("confirmed_by_employer", models.BooleanField(default=False)),
                ("first_review", models.BooleanField(default=True)),
                ("final_review", models.BooleanField(default=False)),
                ("elsewhere", models.BooleanField(default=False)),
                ("days", models.PositiveSmallIntegerField(default=5)),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="review_rules", to="people.unit"
                    ),
                ),
            ],
        ),
    ]
