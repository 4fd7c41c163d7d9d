"""The tree of unions, employers, staff and roles, clerks, members, employment and consents."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

import mutualaid.core.encryption
import mutualaid.people.models


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        BtreeGistExtension(),
        migrations.RunSQL("CREATE SEQUENCE people_member_number", "DROP SEQUENCE people_member_number"),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("national", "全国"),
                            ("province", "省级"),
                            ("city", "市级"),
                            ("county", "县区"),
                            ("industry", "产业"),
                            ("grassroots", "基层工会"),
                        ],
                        max_length=10,
                    ),
                ),
                ("path", models.CharField(db_default=models.Value(""), editable=False, max_length=200, unique=True)),
                ("code", models.CharField(max_length=32, unique=True)),
                ("name", models.CharField(max_length=100)),
                ("region_code", models.CharField(blank=True, max_length=6)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="people.unit",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="account",
            name="phone",
            field=mutualaid.core.encryption.EncryptedField(null=True),
        ),
        migrations.AddField(
            model_name="account",
            name="phone_index",
            field=mutualaid.core.encryption.BlindIndexField(editable=False, null=True, unique=True),
        ),
        migrations.AddField(
            model_name="account",
            name="totp_secret",
            field=mutualaid.core.encryption.EncryptedField(null=True),
        ),
        migrations.CreateModel(
            name="Employer",
            fields=[
                (
                    "unit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, primary_key=True, serialize=False, to="people.unit"
                    ),
                ),
                ("credit_code", models.CharField(max_length=18, unique=True)),
                ("headcount_declared", models.PositiveIntegerField()),
                ("contact_name", models.CharField(max_length=50)),
                ("contact_phone", mutualaid.core.encryption.EncryptedField()),
            ],
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.people.models.NextNumber(), editable=False, max_length=20, unique=True
                    ),
                ),
                (
                    "identity_kind",
                    models.CharField(
                        choices=[
                            ("resident_id", "resident_id"),
                            ("hkmt_residence", "hkmt_residence"),
                            ("foreign_residence", "foreign_residence"),
                            ("passport", "passport"),
                        ],
                        max_length=20,
                    ),
                ),
                ("identity_number", mutualaid.core.encryption.EncryptedField()),
                ("identity_index", mutualaid.core.encryption.BlindIndexField(editable=False)),
                ("identity_tail_index", mutualaid.core.encryption.BlindIndexField(db_index=True, editable=False)),
                ("name", models.CharField(max_length=50)),
                ("name_key", models.CharField(db_index=True, max_length=100)),
                ("initials", models.CharField(blank=True, db_index=True, max_length=50)),
                ("sex", models.CharField(choices=[("F", "女"), ("M", "男")], max_length=1)),
                ("birth_date", models.DateField()),
                ("phone", mutualaid.core.encryption.EncryptedField(null=True)),
                ("phone_index", mutualaid.core.encryption.BlindIndexField(db_index=True, editable=False, null=True)),
                ("bank_card", mutualaid.core.encryption.EncryptedField(null=True)),
                (
                    "bank_card_index",
                    mutualaid.core.encryption.BlindIndexField(db_index=True, editable=False, null=True),
                ),
                (
                    "account",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IdentityChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("identity_kind", models.CharField(max_length=20)),
                ("identity_number", mutualaid.core.encryption.EncryptedField()),
                ("identity_index", mutualaid.core.encryption.BlindIndexField(db_index=True, editable=False)),
                ("name", models.CharField(max_length=50)),
                ("sex", models.CharField(max_length=1)),
                ("birth_date", models.DateField()),
                ("reason", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="identity_changes", to="people.member"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("enrolment", "参保"),
                            ("claim_health_data", "理赔使用医疗健康信息"),
                            ("insurance_query", "向医保查询结算信息"),
                            ("bank_account", "使用银行账户收款"),
                            ("messages", "接收通知"),
                        ],
                        max_length=20,
                    ),
                ),
                ("version", models.CharField(max_length=20)),
                ("given", models.BooleanField()),
                ("at", models.DateTimeField()),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="consents", to="people.member"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Staff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=50)),
                (
                    "account",
                    models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL),
                ),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="people.unit")),
            ],
        ),
        migrations.CreateModel(
            name="RoleAssignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("designer", "计划设计"),
                            ("enrolment_clerk", "参保经办"),
                            ("reviewer", "审核"),
                            ("senior_reviewer", "复核"),
                            ("finance", "财务"),
                            ("service_specialist", "服务专员"),
                            ("analyst", "统计分析"),
                            ("system_admin", "系统管理员"),
                            ("security_admin", "安全管理员"),
                            ("audit_admin", "审计管理员"),
                        ],
                        max_length=20,
                    ),
                ),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(null=True)),
                ("unit", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="people.unit")),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="roles", to="people.staff"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Employment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_on", models.DateField()),
                ("until_on", models.DateField(null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="employments", to="people.member"
                    ),
                ),
                (
                    "employer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="employments", to="people.employer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EmployerClerk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=50)),
                ("evidence", models.CharField(max_length=100)),
                (
                    "state",
                    models.CharField(
                        choices=[("registered", "待审核"), ("bound", "已绑定"), ("released", "已解除")],
                        default="registered",
                        max_length=10,
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clerks", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "employer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clerks", to="people.employer"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="employer",
            constraint=models.CheckConstraint(
                condition=models.Q(("credit_code__regex", "^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$")),
                name="employer_credit_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="employer",
            constraint=models.CheckConstraint(
                condition=models.Q(("headcount_declared__gt", 0)), name="employer_headcount"
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ["national", "province", "city", "county", "industry", "grassroots"])),
                name="unit_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("level", "national"), ("parent", None)),
                    models.Q(models.Q(("level", "national"), _negated=True), ("parent__isnull", False)),
                    _connector="OR",
                ),
                name="unit_only_the_root_stands_alone",
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(("region_code__regex", "^([0-9]{6})?$")), name="unit_region_code"
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("name", ""), _negated=True), models.Q(("code", ""), _negated=True)),
                name="unit_is_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("level", "national")), fields=("level",), name="unit_one_root"
            ),
        ),
        migrations.AddConstraint(
            model_name="unit",
            constraint=models.UniqueConstraint(fields=("parent", "name"), name="unit_name_among_siblings"),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(fields=("identity_kind", "identity_index"), name="member_identity_once"),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("identity_kind__in", ["resident_id", "hkmt_residence", "foreign_residence", "passport"])
                ),
                name="member_identity_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(condition=models.Q(("sex__in", ["M", "F"])), name="member_sex"),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("name", ""), _negated=True), models.Q(("name_key", ""), _negated=True)),
                name="member_is_named",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(("birth_date__gte", "1900-01-01")), name="member_birth_date"
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("phone__isnull", True), ("phone_index__isnull", True)),
                    models.Q(("phone__isnull", False), ("phone_index__isnull", False)),
                    _connector="OR",
                ),
                name="member_phone_with_its_index",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("bank_card__isnull", True), ("bank_card_index__isnull", True)),
                    models.Q(("bank_card__isnull", False), ("bank_card_index__isnull", False)),
                    _connector="OR",
                ),
                name="member_bank_card_with_its_index",
            ),
        ),
        migrations.AddConstraint(
            model_name="identitychange",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="identity_change_has_a_reason"
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(fields=["member", "purpose", "id"], name="people_cons_member__cd736f_idx"),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("purpose__in", ["enrolment", "claim_health_data", "insurance_query", "bank_account", "messages"])
                ),
                name="consent_purpose",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("version", ""), _negated=True), name="consent_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="roleassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            "designer",
                            "enrolment_clerk",
                            "reviewer",
                            "senior_reviewer",
                            "finance",
                            "service_specialist",
                            "analyst",
                            "system_admin",
                            "security_admin",
                            "audit_admin",
                        ],
                    )
                ),
                name="role_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="roleassignment",
            constraint=models.CheckConstraint(
                condition=models.Q(("until_on", None), ("until_on__gte", models.F("from_on")), _connector="OR"),
                name="role_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="roleassignment",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("staff", "="),
                    ("role", "="),
                    ("unit", "="),
                    (
                        models.Func(
                            models.F("from_on"),
                            models.F("until_on"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="role_held_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="roleassignment",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("role__in", ("system_admin", "security_admin", "audit_admin"))),
                expressions=[
                    ("staff", "="),
                    ("role", "<>"),
                    (
                        models.Func(
                            models.F("from_on"),
                            models.F("until_on"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="administrators_are_three_persons",
            ),
        ),
        migrations.AddConstraint(
            model_name="employment",
            constraint=models.CheckConstraint(
                condition=models.Q(("until_on", None), ("until_on__gt", models.F("from_on")), _connector="OR"),
                name="employment_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="employment",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    ("member", "="),
                    (
                        models.Func(
                            models.F("from_on"),
                            models.F("until_on"),
                            function="daterange",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="employment_one_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="employerclerk",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["registered", "bound", "released"])), name="clerk_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="employerclerk",
            constraint=models.CheckConstraint(
                condition=models.Q(("evidence", ""), _negated=True), name="clerk_evidence"
            ),
        ),
        migrations.AddConstraint(
            model_name="employerclerk",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "released"), _negated=True),
                fields=("employer", "account"),
                name="clerk_once_at_an_employer",
            ),
        ),
    ]
