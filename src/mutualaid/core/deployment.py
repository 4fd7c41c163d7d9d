"""The check of a deployment: what would be wrong with running here, for everybody. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from mutualaid.core.encryption import EncryptedField, KeyFault, Unreadable, keys
from mutualaid.core.places import ROLE
from mutualaid.core.preparing import NEWEST, OLDEST

EXTENSIONS = ("btree_gist", "pg_trgm")
KEY_LEAST = 50


@dataclass(frozen=True)
class Finding:
    """One point: whether it is in order, and what was found."""

    name: str
    good: bool
    zh: str
    en: str


def findings() -> Iterator[Finding]:
    """All points, one after the other."""
    yield _secret()
    yield _hosts()
    try:
        connection.ensure_connection()
    except OperationalError as error:
        yield Finding("database", False, f"连不上数据库：{error}", f"the database cannot be reached: {error}")
        return
    yield from _database()
    yield _field_key()
    problems = checks.run_checks(include_deployment_checks=False)
    serious = [problem for problem in problems if problem.is_serious()]
    yield Finding(
        "django", not serious, "；".join(map(str, serious)) or "无误", "; ".join(map(str, serious)) or "no fault"
    )


def _field_key() -> Finding:
    """Do the keys open what was written with them? A folder that was lost brings new keys, which open nothing."""
    try:
        keys()
        tables = set(connection.introspection.table_names())
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                if isinstance(field, EncryptedField) and model._meta.db_table in tables:
                    written = model._default_manager.exclude(**{f"{field.name}__isnull": True})
                    written.order_by("-pk").values_list(field.name, flat=True).first()
    except (KeyFault, Unreadable) as fault:
        return Finding("field_key", False, fault.zh, fault.en)
    return Finding("field_key", True, "加密列都能读出", "the encrypted columns can be read")


def _secret() -> Finding:
    good = len(settings.SECRET_KEY) >= KEY_LEAST
    return Finding(
        "secret_key",
        good,
        "密钥够长"
        if good
        else f"密钥应至少 {KEY_LEAST} 个字符，现有 {len(settings.SECRET_KEY)} 个；请更换 MUTUALAID_SECRET_KEY",
        "the key is long enough"
        if good
        else f"expected a key of at least {KEY_LEAST} characters; change MUTUALAID_SECRET_KEY",
    )


def _hosts() -> Finding:
    good = "*" not in settings.ALLOWED_HOSTS
    return Finding(
        "hosts",
        good,
        "、".join(settings.ALLOWED_HOSTS) if good else "MUTUALAID_HOSTS 不能是 *；请写出网站的域名",
        ", ".join(settings.ALLOWED_HOSTS) if good else "MUTUALAID_HOSTS must not be *; name the site's domains",
    )


def _database() -> Iterator[Finding]:
    version = connection.pg_version // 10_000  # type: ignore[attr-defined]
    good = OLDEST <= version <= NEWEST
    yield Finding(
        "version",
        good,
        f"PostgreSQL {version}（支持 {OLDEST}–{NEWEST}）",
        f"PostgreSQL {version}, {OLDEST} to {NEWEST} will do",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('server_encoding'), current_setting('fsync')")
        user, encoding, fsync = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
        (owned,) = cursor.fetchone()
        cursor.execute("SELECT name FROM pg_available_extensions WHERE name = ANY(%s)", [list(EXTENSIONS)])
        lacking = sorted(set(EXTENSIONS) - {name for (name,) in cursor.fetchall()})
    yield Finding("encoding", encoding == "UTF8", f"编码 {encoding}，应为 UTF8", f"encoding {encoding}, expected UTF8")
    yield Finding(
        "fsync", fsync == "on", f"fsync 为 {fsync}，应为 on，否则断电会丢数据", f"fsync is {fsync}, expected on"
    )
    yield Finding(
        "role",
        user == ROLE and owned == 0,
        f"以 {user} 工作，拥有 {owned} 张表；应为 {ROLE} 且不拥有表，行级权限才有效",
        f"working as {user}, which owns {owned} tables; expected {ROLE} and none, so that row-level security binds",
    )
    yield Finding(
        "extensions",
        not lacking,
        "扩展齐全" if not lacking else f"缺少扩展 {'、'.join(lacking)}；请安装 postgresql-contrib",
        "all extensions are there"
        if not lacking
        else f"extensions are missing: {', '.join(lacking)}; install postgresql-contrib",
    )
    executor = MigrationExecutor(connection)
    waiting = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    yield Finding(
        "migrations",
        waiting == 0,
        "数据表已是最新" if waiting == 0 else f"有 {waiting} 个迁移未执行；请运行 mutualaid migrate",
        "the tables are those of this version" if waiting == 0 else f"{waiting} migrations wait; run mutualaid migrate",
    )
