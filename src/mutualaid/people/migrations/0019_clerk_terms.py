"""Since when a clerk acts for an employer and until when, whom they replaced and why, and by whose decision."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import mutualaid.core.encryption
from mutualaid.core.encryption import only_encrypted
from mutualaid.core.row_security import fenced

_CLERK = "SELECT FROM people_employerclerk c"  # itself under its fence
_IN_BRANCH = f"EXISTS ({_CLERK} JOIN people_unit u ON u.id = c.employer_id WHERE c.id = clerk_id)"
_SEEN = f"EXISTS ({_CLERK} WHERE c.id = clerk_id)"
_OWN = f"EXISTS ({_CLERK} WHERE c.id = clerk_id AND c.state = 'registered')"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("people", "0018_members_come_with_their_units"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="ClerkTerm",
            fields=[
                (
                    "clerk",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="term",
                        serialize=False,
                        to="people.employerclerk",
                    ),
                ),
                (
                    "why",
                    models.CharField(
                        choices=[("more", "增加一名代办员"), ("moved", "原代办员岗位调整"), ("left", "原代办员已离职")],
                        default="more",
                        max_length=5,
                    ),
                ),
                ("phone", mutualaid.core.encryption.EncryptedField(null=True)),
                ("replaces_name", models.CharField(blank=True, max_length=50)),
                ("asked_at", models.DateTimeField()),
                ("bound_at", models.DateTimeField(null=True)),
                ("bound_name", models.CharField(blank=True, max_length=50)),
                ("released_at", models.DateTimeField(null=True)),
                ("released_name", models.CharField(blank=True, max_length=50)),
                ("released_why", models.CharField(blank=True, max_length=200)),
                (
                    "replaces",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successors",
                        to="people.employerclerk",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("why__in", ["more", "moved", "left"])), name="clerk_term_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("why", "more"), models.Q(("replaces_name", ""), _negated=True), _connector="OR"
                        ),
                        name="clerk_term_replaces_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("released_at", None), models.Q(("released_why", ""), _negated=True), _connector="OR"
                        ),
                        name="clerk_term_ends_for_a_reason",
                    ),
                ],
            },
        ),
        only_encrypted("people_clerkterm", "phone"),
        fenced("people_clerkterm", _IN_BRANCH, read=_SEEN),
        migrations.RunSQL(  # who asks writes what they ask
            f"CREATE POLICY people_clerkterm_own_insert ON people_clerkterm FOR INSERT WITH CHECK ({_OWN})",
            "DROP POLICY people_clerkterm_own_insert ON people_clerkterm",
        ),
    ]
