"""Fees are asked back and decided; a refund goes to one payer for many covers, by bank or by the channel by which it came."""

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.contributions.refund_models
import mutualaid.core.money
from mutualaid.core.append_only import append_only
from mutualaid.core.row_security import SELF, TOLD_PATHS, fenced

NUMBERS = "contributions_refund_request_number"
# Each refund of a void cover so far was of one cover, and of its whole fee.
PARTS = """
INSERT INTO contributions_refundpart (refund_id, bill_id, cover_id, payer_kind, amount)
SELECT r.id, r.bill_id, r.cover_id, b.payer_kind, r.amount
FROM contributions_refund r JOIN contributions_bill b ON b.id = r.bill_id WHERE r.cover_id IS NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE
"""
_REQUESTS = f"contributions_unit_path(employer_id) ^@ ANY ({TOLD_PATHS}) OR member_id = {SELF}"


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("contributions", "0014_owed_parts"),
        ("enrolment", "0012_corrections"),
        ("people", "0020_unit_moves"),
    ]

    operations = [
        migrations.RunSQL(f"CREATE SEQUENCE {NUMBERS}", f"DROP SEQUENCE {NUMBERS}"),
        migrations.CreateModel(
            name="Lowering",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "payer_kind",
                    models.CharField(
                        choices=[
                            ("employer", "用人单位工会"),
                            ("member", "职工个人"),
                            ("upper_union", "上级工会"),
                            ("administration", "行政补助"),
                            ("platform", "平台企业"),
                        ],
                        max_length=20,
                    ),
                ),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="RefundItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ends_on", models.DateField(null=True)),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                ("left_out", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="RefundPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "payer_kind",
                    models.CharField(
                        choices=[
                            ("employer", "用人单位工会"),
                            ("member", "职工个人"),
                            ("upper_union", "上级工会"),
                            ("administration", "行政补助"),
                            ("platform", "平台企业"),
                        ],
                        max_length=20,
                    ),
                ),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
            ],
        ),
        migrations.CreateModel(
            name="RefundRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.contributions.refund_models.RefundRequestNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("never_eligible", "本不符合参加条件"),
                            ("before_cover", "保障开始前退出"),
                            ("exit", "期内退出"),
                        ],
                        max_length=20,
                    ),
                ),
                ("remark", models.CharField(max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "待审核"),
                            ("approved", "已同意"),
                            ("refused", "未同意"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="asked",
                        max_length=10,
                    ),
                ),
                ("asked_kind", models.CharField(max_length=10)),
                ("asked_by", models.CharField(max_length=64)),
                ("asked_name", models.CharField(max_length=50)),
                ("asked_at", models.DateTimeField()),
                ("asked_on", models.DateField()),
                ("decided_by", models.CharField(blank=True, max_length=64)),
                ("decided_name", models.CharField(blank=True, max_length=50)),
                ("decided_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_state",
        ),
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_by_two_persons",
        ),
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_paid_by_the_bank",
        ),
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_of_a_cover_or_of_money",
        ),
        migrations.RemoveConstraint(
            model_name="settlement",
            name="settlement_once",
        ),
        migrations.AddField(
            model_name="refund",
            name="channel_refund",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refund",
                to="contributions.channelrefund",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="online",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contributions.payment"
            ),
        ),
        migrations.AddField(
            model_name="settlement",
            name="again",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AlterField(
            model_name="refund",
            name="state",
            field=models.CharField(
                choices=[
                    ("owed", "待退费"),
                    ("entered", "已登记、待复核"),
                    ("proposed", "拟原路退回、待复核"),
                    ("sending", "原路退回中"),
                    ("paid", "已退费"),
                ],
                default="owed",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="settlement",
            constraint=models.UniqueConstraint(fields=("payment", "bill", "again"), name="settlement_once"),
        ),
        migrations.AddField(
            model_name="lowering",
            name="bill",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contributions.bill"
            ),
        ),
        migrations.AddField(
            model_name="lowering",
            name="cover",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.cover"
            ),
        ),
        migrations.AddField(
            model_name="refunditem",
            name="cover",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="refund_items", to="enrolment.cover"
            ),
        ),
        migrations.AddField(
            model_name="refundpart",
            name="bill",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contributions.bill"
            ),
        ),
        migrations.AddField(
            model_name="refundpart",
            name="cover",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.cover"
            ),
        ),
        migrations.AddField(
            model_name="refundpart",
            name="refund",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="contributions.refund"
            ),
        ),
        migrations.AddField(
            model_name="refundrequest",
            name="employer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="refund_requests", to="people.employer"
            ),
        ),
        migrations.AddField(
            model_name="refundrequest",
            name="member",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.member"
            ),
        ),
        migrations.AddField(
            model_name="refunditem",
            name="request",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="items", to="contributions.refundrequest"
            ),
        ),
        migrations.AddField(
            model_name="lowering",
            name="request",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lowerings",
                to="contributions.refundrequest",
            ),
        ),
        migrations.AddField(
            model_name="refund",
            name="request",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="contributions.refundrequest",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["owed", "entered", "proposed", "sending", "paid"])),
                name="refund_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("bill__isnull", False), ("payment__isnull", True)),
                    models.Q(("payment__isnull", False), models.Q(("reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="refund_of_a_bill_or_of_money",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["paid", "sending"]), _negated=True),
                    models.Q(
                        models.Q(("confirmed_by", models.F("entered_by")), _negated=True),
                        models.Q(("confirmed_by", ""), _negated=True),
                    ),
                    models.Q(("channel_refund__isnull", False), ("state", "paid")),
                    _connector="OR",
                ),
                name="refund_by_two_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["entered", "paid"]), _negated=True),
                    models.Q(
                        ("online__isnull", True), ("paid_on__isnull", False), models.Q(("serial", ""), _negated=True)
                    ),
                    models.Q(
                        ("channel_refund__isnull", False),
                        ("online__isnull", False),
                        ("paid_on__isnull", False),
                        ("state", "paid"),
                    ),
                    _connector="OR",
                ),
                name="refund_paid_by_bank_or_channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "proposed"), _negated=True), ("online__isnull", False), _connector="OR"
                ),
                name="refund_proposed_of_online_money",
            ),
        ),
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "sending"), _negated=True),
                    models.Q(("channel_refund__isnull", False), ("online__isnull", False)),
                    _connector="OR",
                ),
                name="refund_sent_to_a_channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundpart",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="refund_part_amount"),
        ),
        migrations.AddConstraint(
            model_name="refundpart",
            constraint=models.UniqueConstraint(fields=("cover", "bill", "payer_kind"), name="refund_part_once"),
        ),
        migrations.AddIndex(
            model_name="refundrequest",
            index=models.Index(fields=["state", "id"], name="contributio_state_b88b3d_idx"),
        ),
        migrations.AddIndex(
            model_name="refundrequest",
            index=models.Index(fields=["employer", "-id"], name="contributio_employe_62995a_idx"),
        ),
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["asked", "approved", "refused", "withdrawn"])),
                name="refund_request_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", ["never_eligible", "before_cover", "exit"])),
                name="refund_request_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="refundrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["approved", "refused"]), _negated=True),
                    models.Q(
                        models.Q(("decided_by", models.F("asked_by")), _negated=True),
                        models.Q(("decided_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="refund_request_by_two_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="refunditem",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="refund_item_amount"),
        ),
        migrations.AddConstraint(
            model_name="refunditem",
            constraint=models.UniqueConstraint(fields=("request", "cover"), name="refund_item_once"),
        ),
        migrations.AddConstraint(
            model_name="lowering",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="lowering_amount"),
        ),
        migrations.AddConstraint(
            model_name="lowering",
            constraint=models.UniqueConstraint(fields=("cover", "bill", "payer_kind"), name="lowering_once"),
        ),
        migrations.RunSQL(PARTS, migrations.RunSQL.noop),
        migrations.RemoveField(
            model_name="refund",
            name="cover",
        ),
        append_only("contributions_refundpart"),
        append_only("contributions_lowering"),
        fenced("contributions_refundrequest", _REQUESTS),
        fenced(
            "contributions_refunditem", "EXISTS (SELECT FROM contributions_refundrequest q WHERE q.id = request_id)"
        ),
        fenced("contributions_refundpart", "EXISTS (SELECT FROM contributions_refund r WHERE r.id = refund_id)"),
        fenced("contributions_lowering", "EXISTS (SELECT FROM contributions_bill b WHERE b.id = bill_id)"),
    ]
