"""Programs that come by the interface, their calls; and when a member was last changed, for programs that keep up."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now

import mutualaid.core.encryption
import mutualaid.people.models
from mutualaid.core.encryption import only_encrypted
from mutualaid.core.row_security import fenced, secured

SCOPES = ["members:read", "members:write", "covers:read", "rosters:read", "rosters:write", "bills:read"]

CHANGED = """
CREATE FUNCTION people_mark_member() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.changed_at := statement_timestamp();
    RETURN NEW;
END $$;
CREATE TRIGGER people_member_changed BEFORE INSERT OR UPDATE ON people_member
    FOR EACH ROW EXECUTE FUNCTION people_mark_member();

-- Where a member works is told with the member. Once for a statement, as for the units of a member.
CREATE FUNCTION people_mark_members() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE people_member SET changed_at = statement_timestamp()
    WHERE id IN (SELECT member_id FROM placed) AND changed_at < statement_timestamp();
    RETURN NULL;
END $$;
CREATE TRIGGER people_members_working AFTER INSERT ON people_employment
    REFERENCING NEW TABLE AS placed FOR EACH STATEMENT EXECUTE FUNCTION people_mark_members();
CREATE TRIGGER people_members_working_anew AFTER UPDATE ON people_employment
    REFERENCING NEW TABLE AS placed FOR EACH STATEMENT EXECUTE FUNCTION people_mark_members();
"""
UNCHANGED = """
DROP TRIGGER people_members_working ON people_employment;
DROP TRIGGER people_members_working_anew ON people_employment;
DROP TRIGGER people_member_changed ON people_member;
DROP FUNCTION people_mark_members(), people_mark_member();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0005_clients"), ("people", "0009_saved_filters")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE people_client_number", "DROP SEQUENCE people_client_number"),
        migrations.AddField(
            model_name="member",
            name="changed_at",
            field=models.DateTimeField(db_default=Now(), editable=False),
        ),
        migrations.AddIndex(model_name="member", index=models.Index(fields=["changed_at"], name="member_changed")),
        migrations.RunSQL(CHANGED, UNCHANGED),
        migrations.CreateModel(
            name="ApiClient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    models.CharField(
                        db_default=mutualaid.people.models.ClientNumber(), editable=False, max_length=20, unique=True
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("members:read", "查询会员"),
                                ("members:write", "登记离职"),
                                ("covers:read", "查询保障"),
                                ("rosters:read", "查询参保单"),
                                ("rosters:write", "办理参保单"),
                                ("bills:read", "查询账单"),
                            ],
                            max_length=20,
                        ),
                        size=None,
                    ),
                ),
                ("token_prefix", models.CharField(max_length=8, unique=True)),
                ("token_hash", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("expires_on", models.DateField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_on", models.DateField(null=True)),
                ("calls_a_minute", models.PositiveIntegerField(default=600)),
                ("minute_at", models.DateTimeField(null=True)),
                ("minute_calls", models.PositiveIntegerField(default=0)),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="api_clients", to="people.unit"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("scopes__contained_by", SCOPES)),
                        name="client_scopes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True), models.Q(("token_hash", ""), _negated=True)
                        ),
                        name="client_is_named",
                    ),
                    models.CheckConstraint(condition=models.Q(("calls_a_minute__gt", 0)), name="client_calls_a_minute"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80)),
                ("request_hash", models.CharField(max_length=64)),
                ("claimed_at", models.DateTimeField(db_index=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("media_type", models.CharField(blank=True, max_length=60)),
                ("location", models.CharField(blank=True, max_length=200)),
                ("answer", mutualaid.core.encryption.EncryptedField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="calls", to="people.apiclient"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("client", "key"), name="api_call_key_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_at", None),
                            models.Q(("answer__isnull", False), ("status__isnull", False)),
                            _connector="OR",
                        ),
                        name="api_call_answered_whole",
                    ),
                ],
            },
        ),
        only_encrypted("people_apicall", "answer"),
        secured("people_apiclient", "(SELECT u.path FROM people_unit u WHERE u.id = unit_id)"),
        fenced("people_apicall", "EXISTS (SELECT FROM people_apiclient c WHERE c.id = client_id)"),
    ]
