"""Tables of claims: the second half, with indexes and constraints of all."""

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.claims.models
import mutualaid.core.encryption
import mutualaid.core.money


class Migration(migrations.Migration):
    dependencies = [("claims", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ReviewTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("objection", "申请人工复核"), ("recalculated", "理算结果变动")], max_length=12
                    ),
                ),
                ("text", mutualaid.core.encryption.EncryptedField()),
                ("expected_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("opened_at", models.DateTimeField()),
                ("due_on", models.DateField()),
                (
                    "state",
                    models.CharField(choices=[("open", "待处理"), ("done", "已处理")], default="open", max_length=5),
                ),
                ("answer", mutualaid.core.encryption.EncryptedField(null=True)),
                ("closed_by", models.CharField(blank=True, max_length=64)),
                ("closed_at", models.DateTimeField(null=True)),
                ("changed", models.BooleanField(null=True)),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="claims.claim"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_on", models.DateField()),
                ("until_on", models.DateField()),
                (
                    "deputy",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.staff"),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="absences", to="people.staff"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["deputy", "until_on"], name="claims_abse_deputy__b466db_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("until_on__gt", models.F("from_on"))), name="absence_ends_after_it_begins"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("staff", models.F("deputy")), _negated=True),
                        name="absence_deputy_is_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AssessmentLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField()),
                ("plan", models.CharField(max_length=64)),
                ("benefit", models.CharField(max_length=64)),
                ("outcome", models.CharField(max_length=6)),
                ("amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                ("reasons", models.JSONField()),
                ("missing", models.JSONField(default=list)),
                ("provisional", models.BooleanField(default=False)),
                ("working", mutualaid.core.encryption.EncryptedField()),
                ("period_from_on", models.DateField(null=True)),
                ("period_until_on", models.DateField(null=True)),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="claims.assessment"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("assessment", "place"), name="assessment_line_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__gt", 0), ("outcome", "pay")),
                            models.Q(("amount", 0), ("outcome__in", ["none", "refuse", "refer"])),
                            _connector="OR",
                        ),
                        name="assessment_line_amount",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["member", "-id"], name="claims_clai_member__7080e1_idx"),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("state__in", ("confirming", "first_review", "final_review"))),
                fields=["state", "due_on", "id"],
                name="claim_queue",
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["unit_path"], name="claim_branch", opclasses=["text_pattern_ops"]),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["employer", "-id"], name="claims_clai_employe_316969_idx"),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["office", "state", "-id"], name="claims_clai_office__4fb20f_idx"),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "draft",
                            "confirming",
                            "first_review",
                            "final_review",
                            "approved",
                            "refused",
                            "returned",
                            "withdrawn",
                        ],
                    )
                ),
                name="claim_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", ["member", "employer", "counter", "kin", "api", "takeover"])),
                name="claim_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("counts", False),
                    models.Q(("completed_at__isnull", False), ("filed_on__isnull", False)),
                    _connector="OR",
                ),
                name="claim_counts_once_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["confirming", "first_review", "final_review", "approved"]), _negated=True),
                    ("counts", True),
                    _connector="OR",
                ),
                name="claim_in_hand_counts",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["draft", "returned", "withdrawn"]), _negated=True),
                    ("counts", False),
                    _connector="OR",
                ),
                name="claim_not_in_hand_does_not_count",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("first_by", ""),
                    ("final_by", ""),
                    models.Q(("first_by", models.F("final_by")), _negated=True),
                    _connector="OR",
                ),
                name="claim_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.UniqueConstraint(
                condition=models.Q(("counts", True)), fields=("member", "completed_at"), name="claim_order_of_a_member"
            ),
        ),
        migrations.AddIndex(
            model_name="callnote",
            index=models.Index(fields=["member", "-id"], name="claims_call_member__76d40f_idx"),
        ),
        migrations.AddIndex(
            model_name="callnote",
            index=models.Index(fields=["follow_up_on"], name="claims_call_follow__7149af_idx"),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.UniqueConstraint(fields=("claim", "round"), name="assessment_round_once"),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(condition=models.Q(("total_amount__gte", 0)), name="assessment_total"),
        ),
        migrations.AddIndex(
            model_name="claimpaper",
            index=models.Index(fields=["claim", "word", "page"], name="claims_clai_claim_i_c075c8_idx"),
        ),
        migrations.AddConstraint(
            model_name="confirmation",
            constraint=models.CheckConstraint(
                condition=models.Q(("confirmed", True), models.Q(("remark", ""), _negated=True), _connector="OR"),
                name="confirmation_objects_why",
            ),
        ),
        migrations.AddIndex(
            model_name="consumption",
            index=models.Index(fields=["member", "family", "counter"], name="claims_cons_member__b0d3b8_idx"),
        ),
        migrations.AddConstraint(
            model_name="consumption",
            constraint=models.UniqueConstraint(
                fields=("claim", "round", "family", "counter", "key", "step"), name="consumption_step_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="consumption",
            constraint=models.CheckConstraint(
                condition=models.Q(("step__in", ["reserved", "final", "reversed"])), name="consumption_step"
            ),
        ),
        migrations.AddConstraint(
            model_name="consumption",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="consumption_quantity"),
        ),
        migrations.AddConstraint(
            model_name="expenseline",
            constraint=models.UniqueConstraint(fields=("claim", "line"), name="expense_line_once"),
        ),
        migrations.AddConstraint(
            model_name="expenseline",
            constraint=models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="expense_amount"),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["claim", "-id"], name="claims_lett_claim_i_c5c092_idx"),
        ),
        migrations.AddConstraint(
            model_name="opening",
            constraint=models.UniqueConstraint(fields=("member", "family", "counter", "key"), name="opening_once"),
        ),
        migrations.AddConstraint(
            model_name="opening",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount__isnull", False), ("count__isnull", True)),
                    models.Q(("amount__isnull", True), ("count__isnull", False)),
                    _connector="OR",
                ),
                name="opening_amount_or_count",
            ),
        ),
        migrations.AddIndex(
            model_name="paperswanted",
            index=models.Index(fields=["contact", "answered_at"], name="claims_pape_contact_c88987_idx"),
        ),
        migrations.AddConstraint(
            model_name="reviewrule",
            constraint=models.UniqueConstraint(fields=("office", "family", "amount_from"), name="review_rule_once"),
        ),
        migrations.AddConstraint(
            model_name="reviewrule",
            constraint=models.CheckConstraint(condition=models.Q(("amount_from__gte", 0)), name="review_rule_amount"),
        ),
        migrations.AddConstraint(
            model_name="reviewrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("final_review", True), ("elsewhere", False), _connector="OR"),
                name="review_rule_elsewhere_is_final",
            ),
        ),
        migrations.AddIndex(
            model_name="reviewtask",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["due_on", "id"], name="review_task_queue"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewtask",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "done"])), name="review_task_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewtask",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["objection", "recalculated"])), name="review_task_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewtask",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("claim", "kind"), name="review_task_open_once"
            ),
        ),
    ]
