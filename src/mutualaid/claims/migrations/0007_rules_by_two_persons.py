"""Rules of an office change by two persons, and a final review always has a first one."""

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.claims.models
import mutualaid.core.money
from mutualaid.core.row_security import secured

STATES = ["proposed", "in_force", "refused", "withdrawn"]
# A rule with a final review alone let one person decide: from now on it has a first one.
FIRST = "UPDATE claims_reviewrule SET first_review = true WHERE final_review AND NOT first_review"


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [("claims", "0006_seal_members_rows"), ("people", "0014_telephone_of_an_office")]

    operations = [
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
        migrations.RunSQL("CREATE SEQUENCE claims_proposal_number", "DROP SEQUENCE claims_proposal_number"),
        migrations.CreateModel(
            name="RuleProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.claims.models.ProposalNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                    ),
                ),
                (
                    "office",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rule_proposals", to="people.unit"
                    ),
                ),
                ("family", models.CharField(blank=True, max_length=64)),
                ("amount_from", mutualaid.core.money.MoneyField(decimal_places=2, default=0, max_digits=14)),
                ("drops", models.BooleanField(default=False)),
                ("confirmed_by_employer", models.BooleanField(default=False)),
                ("first_review", models.BooleanField(default=True)),
                ("final_review", models.BooleanField(default=False)),
                ("elsewhere", models.BooleanField(default=False)),
                ("days", models.PositiveSmallIntegerField(default=5)),
                ("reason", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "待另一人确认"),
                            ("in_force", "已生效"),
                            ("refused", "未同意"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="proposed",
                        max_length=9,
                    ),
                ),
                ("proposed_by", models.CharField(max_length=64)),
                ("proposed_at", models.DateTimeField()),
                ("closed_by", models.CharField(blank=True, max_length=64)),
                ("closed_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "indexes": [models.Index(fields=["office", "-id"], name="claims_rule_office__665743_idx")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(state__in=STATES), name="rule_proposal_state"),
                    models.CheckConstraint(
                        condition=~models.Q(state__in=["in_force", "refused"])
                        | ~models.Q(closed_by=models.F("proposed_by")) & ~models.Q(closed_by=""),
                        name="rule_proposal_two_persons",
                    ),
                    models.UniqueConstraint(
                        fields=["office", "family", "amount_from"],
                        condition=models.Q(state="proposed"),
                        name="rule_proposal_open_once",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            "reviewrule",
            models.CheckConstraint(
                condition=models.Q(first_review=True) | models.Q(final_review=False),
                name="review_rule_final_has_a_first",
            ),
        ),
        secured("claims_ruleproposal", "(SELECT u.path FROM people_unit u WHERE u.id = office_id)"),
    ]
