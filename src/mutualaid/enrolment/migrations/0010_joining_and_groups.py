"""Who joins without a roster: pages for gig workers, what was asked there, and places of a group without names."""

import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Value

import mutualaid.core.encryption
import mutualaid.core.money
import mutualaid.enrolment.group_models
from mutualaid.core.encryption import only_encrypted
from mutualaid.core.row_security import TOLD_PATHS, fenced, secured

_PATH = "SELECT u.path FROM people_unit u JOIN"
OF_EMPLOYER = "(SELECT u.path FROM people_unit u WHERE u.id = employer_id)"
OF_PAGE = f"({_PATH} enrolment_joiningpage p ON p.employer_id = u.id WHERE p.id = page_id)"  # nosec B608
OF_ENROLMENT = f"({_PATH} enrolment_enrolment e ON e.employer_id = u.id WHERE e.id = enrolment_id)"  # nosec B608
OF_GROUP = (
    f"({_PATH} enrolment_enrolment e ON e.employer_id = u.id"  # nosec B608
    " JOIN enrolment_groupcover g ON g.enrolment_id = e.id WHERE g.id = group_id)"
)


def may_see(path: str) -> str:
    """The condition that a row's unit is of a branch that was told."""
    return f"({path}) ^@ ANY ({TOLD_PATHS})"


class Migration(migrations.Migration):
    """See the module."""

    dependencies = [
        ("core", "0007_told_paths_inline"),
        ("enrolment", "0009_packages"),
        ("people", "0017_kin"),
        ("plans", "0002_guards"),
    ]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE enrolment_group_number", "DROP SEQUENCE enrolment_group_number"),
        migrations.AddField(
            model_name="enrolment",
            name="option",
            field=models.CharField(blank=True, db_default=Value(""), max_length=60),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="wanted_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="enrolment",
            name="way",
            field=models.CharField(
                choices=[
                    ("roster", "名单"),
                    ("joining", "本人参加"),
                    ("platform", "平台接口"),
                    ("group", "集体无记名"),
                ],
                db_default=Value("roster"),
                default="roster",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="cover",
            name="work",
            field=models.CharField(
                blank=True,
                choices=[
                    ("rider", "外卖骑手"),
                    ("courier", "快递员"),
                    ("lorry", "货车司机"),
                    ("ride", "网约车司机"),
                    ("domestic", "家政服务员"),
                    ("other", "其他"),
                ],
                db_default=Value(""),
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="GroupCover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.enrolment.group_models.GroupNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                    ),
                ),
                ("places", models.PositiveIntegerField()),
                ("fee_amount", mutualaid.core.money.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "待缴费"), ("begun", "已生效"), ("cancelled", "已取消")],
                        default="pending",
                        max_length=10,
                    ),
                ),
                (
                    "enrolment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="group", to="enrolment.enrolment"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="GroupPlace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("happened_on", models.DateField()),
                ("on_duty", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("named", "待核实"), ("accepted", "已确认"), ("refused", "未确认")],
                        default="named",
                        max_length=10,
                    ),
                ),
                ("named_at", models.DateTimeField()),
                ("named_by", models.CharField(max_length=80)),
                ("decided_by", models.CharField(blank=True, max_length=80)),
                ("remark", models.CharField(blank=True, max_length=200)),
                (
                    "cover",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="group_place",
                        to="enrolment.cover",
                    ),
                ),
                (
                    "evidence",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="core.storedfile"
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="named", to="enrolment.groupcover"
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="group_places", to="people.member"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="JoiningPage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=12, unique=True)),
                (
                    "payer_kind",
                    models.CharField(
                        choices=[
                            ("member", "本人缴费"),
                            ("employer", "工会补助"),
                            ("upper_union", "上级工会补助"),
                            ("administration", "行政补助"),
                            ("platform", "平台企业承担"),
                        ],
                        default="member",
                        max_length=20,
                    ),
                ),
                ("payer_name", models.CharField(blank=True, max_length=100)),
                (
                    "state",
                    models.CharField(choices=[("open", "开放中"), ("closed", "已关闭")], default="open", max_length=10),
                ),
                ("opened_at", models.DateTimeField()),
                (
                    "employer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="joining_pages", to="people.employer"
                    ),
                ),
                (
                    "payer_unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.unit"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="joining_pages",
                        to="plans.planversion",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="enrolment",
            name="joining_page",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="enrolments",
                to="enrolment.joiningpage",
            ),
        ),
        migrations.CreateModel(
            name="JoiningRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("told", mutualaid.core.encryption.EncryptedField()),
                ("phone", mutualaid.core.encryption.EncryptedField()),
                ("phone_index", mutualaid.core.encryption.BlindIndexField(db_index=True, editable=False)),
                ("code", mutualaid.core.encryption.EncryptedField()),
                ("at", models.DateTimeField(db_index=True)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                (
                    "cover",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="enrolment.cover"
                    ),
                ),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="requests", to="enrolment.joiningpage"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="groupcover",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "begun", "cancelled"])), name="group_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="groupcover",
            constraint=models.CheckConstraint(
                condition=models.Q(("fee_amount__gte", 0), ("places__gt", 0)), name="group_places"
            ),
        ),
        migrations.AddConstraint(
            model_name="groupplace",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["named", "accepted", "refused"])), name="group_place_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="groupplace",
            constraint=models.CheckConstraint(condition=models.Q(("on_duty__gt", 0)), name="group_place_on_duty"),
        ),
        migrations.AddConstraint(
            model_name="groupplace",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "accepted"), _negated=True),
                    models.Q(("cover__isnull", False), models.Q(("decided_by", models.F("named_by")), _negated=True)),
                    _connector="OR",
                ),
                name="group_place_accepted_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="groupplace",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "refused"), _negated=True),
                fields=("group", "member"),
                name="group_place_person_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="joiningpage",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "closed"])), name="joining_page_state"
            ),
        ),
        migrations.AddConstraint(
            model_name="joiningpage",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("payer_kind__in", ["member", "employer", "upper_union", "administration", "platform"])
                ),
                name="joining_page_payer",
            ),
        ),
        migrations.AddConstraint(
            model_name="joiningpage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("employer", "version"),
                name="joining_page_one_open_for_a_plan",
            ),
        ),
        # What a page says is for everybody; only its branch writes it.
        fenced("enrolment_joiningpage", may_see(OF_EMPLOYER), read="true"),
        secured("enrolment_joiningrequest", OF_PAGE),
        secured("enrolment_groupcover", OF_ENROLMENT),
        secured("enrolment_groupplace", OF_GROUP, "member_id"),
        only_encrypted("enrolment_joiningrequest", "told", "phone", "code"),
    ]
