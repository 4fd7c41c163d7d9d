"""The check of a deployment: what would be wrong with running here, for everybody. Changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateWorker

from mutualaid.core import assets
from mutualaid.core.encryption import EncryptedField, KeyFault, Unreadable, keys
from mutualaid.core.places import ROLE, cluster, data_folder
from mutualaid.core.preparing import NEWEST, OLDEST

EXTENSIONS = ("btree_gist", "pg_trgm")
KEY_LEAST = 50
WORKER_SILENT_MOST = timedelta(minutes=2)
GRAVE = frozenset(
    {"demo", "data_folder", "database", "version", "role", "extensions", "migrations", "field_key", "django", "assets"}
)
"""Points with which the pages must not be served."""
LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True)
class Finding:
    """One point: whether it is in order, and what was found. ``advice``: not in order, but it need not be mended now."""

    name: str
    good: bool
    zh: str
    en: str
    advice: bool = False


def findings() -> Iterator[Finding]:
    """All points, one after the other."""
    yield _secret()
    yield _hosts()
    yield _https()
    yield _demo()
    yield _data_folder()
    yield _assets()
    try:
        connection.ensure_connection()
    except OperationalError as error:
        yield Finding("database", False, f"连不上数据库：{error}", f"the database cannot be reached: {error}")
        return
    yield from _database()
    yield _field_key()
    yield _worker()
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


def _https() -> Finding:
    """Whoever is reached from elsewhere must be reached by HTTPS, which a proxy speaks before us and tells us of."""
    elsewhere = set(settings.ALLOWED_HOSTS) - LOCAL - {"*"}
    good = not elsewhere or (settings.HTTPS and settings.BEHIND_PROXY)
    return Finding(
        "https",
        good,
        ("经 HTTPS 访问" if elsewhere else "只在本机访问")
        if good
        else "网站可从别处访问，却没有 HTTPS；请在反向代理上配置证书，设 MUTUALAID_BEHIND_PROXY=1，不设 MUTUALAID_HTTPS=0",
        ("reached by HTTPS" if elsewhere else "reached from this machine only")
        if good
        else "reached from elsewhere without HTTPS; let a proxy speak it, set MUTUALAID_BEHIND_PROXY=1, not MUTUALAID_HTTPS=0",
    )


def _demo() -> Finding:
    """One-click sign-in must never meet real people: demo mode works on the demonstration's own database only."""
    named = os.environ.get("DATABASE_URL")
    good = not settings.DEMO or not named or named == cluster().url("mutualaid")
    return Finding(
        "demo",
        good,
        ("演示模式，用它自己的数据库" if settings.DEMO else "不是演示模式")
        if good
        else "MUTUALAID_DEMO=1 时任何人都能登录，却连着 DATABASE_URL 的数据库；请去掉其中之一",
        ("demo mode, on its own database" if settings.DEMO else "demo mode is off")
        if good
        else "with MUTUALAID_DEMO=1 anybody can sign in, and DATABASE_URL names another database; unset one of them",
    )


def _data_folder() -> Finding:
    """Can we write there, and can nobody else read the keys?"""
    folder = data_folder()
    writable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    keys_kept = (folder / name for name in ("secret-key", "field-key", "proof-key"))
    shown = [path.name for path in keys_kept if path.exists() and path.stat().st_mode & 0o077]
    zh, en = f"{folder} 可写", f"{folder} can be written"
    if not writable:
        zh = f"{folder} 不存在或不可写；请建立它并交给运行本系统的用户，或用 MUTUALAID_DATA 指定别处"
        en = f"{folder} is missing or cannot be written; make it, or name another by MUTUALAID_DATA"
    elif shown:
        zh = f"{folder} 里的 {'、'.join(shown)} 其他用户能读；请 chmod 600"
        en = f"others can read {', '.join(shown)} in {folder}; chmod 600"
    return Finding("data_folder", writable and not shown, zh, en)


def _assets() -> Finding:
    """Style sheets and scripts: fetched, and collected as they are now."""
    missing = assets.missing()
    if missing:
        return Finding(
            "assets",
            False,
            f"缺少网页的样式与脚本：{missing[0]}；请运行 make setup",
            f"what browsers are served is missing: {missing[0]}; run make setup",
        )
    good = assets.fresh()
    return Finding(
        "assets",
        True,
        "静态文件已收集" if good else "静态文件尚未收集，mutualaid serve 启动时会收集",
        "the static files are collected" if good else "the static files are not collected yet; mutualaid serve does it",
    )


def _worker() -> Finding:
    """Has a worker been heard of lately? Without one, messages and long jobs wait."""
    try:
        alive = ProcrastinateWorker.objects.filter(last_heartbeat__gte=Now() - WORKER_SILENT_MOST).count()
    except DatabaseError as error:  # its tables are missing: the point about migrations says so
        return Finding("worker", False, str(error).strip(), str(error).strip(), advice=True)
    return Finding(
        "worker",
        alive > 0,
        f"{alive} 个后台任务进程在工作"
        if alive
        else "没有后台任务进程：消息与长任务会一直等待；请运行 mutualaid worker",
        f"{alive} workers at work" if alive else "no worker: messages and long jobs wait; run mutualaid worker",
        advice=True,
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
