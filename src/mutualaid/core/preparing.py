"""Making a database ready: the private server started if there is no other, the database made, migrated, handed to the role."""

from __future__ import annotations

import os
from collections.abc import Callable

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from mutualaid.core.places import cluster, database, database_url, secret_key

OLDEST, NEWEST = 15, 18
"""Versions of PostgreSQL that our SQL is written and tested for."""
Said = Callable[[str, str], None]


class NotReady(Exception):
    """The database cannot be used; ``zh`` and ``en`` say why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def begin(*, as_owner: bool = False) -> None:
    """Set Django up for a command: its settings, the secret key. Call before anything of Django's is imported."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "mutualaid.core.settings"
    os.environ["MUTUALAID_AS_OWNER"] = "1" if as_owner else "0"
    os.environ.setdefault("MUTUALAID_SECRET_KEY", secret_key(os.environ))
    import django

    django.setup()


def prepare(said: Said) -> None:
    """A database with all tables of this version, whatever there was before; ``said`` is told each step. Raises NotReady."""
    url = database_url()
    if not os.environ.get("DATABASE_URL") and cluster().start():
        said("已启动自带的数据库", "started the private database")
    _make(url, said)
    begin(as_owner=True)
    from django.core.management import call_command
    from django.db import connection

    from mutualaid.core.row_security import grant

    call_command("migrate", interactive=False, verbosity=0)
    grant()
    connection.close()
    said("数据表已是最新", "the tables are those of this version")


def _make(url: str, said: Said) -> None:
    """Make the database itself, if it is missing and we may."""
    place = database(url)
    name = place["NAME"]
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            version = connection.info.server_version // 10_000
        if not OLDEST <= version <= NEWEST:
            raise NotReady(
                f"应为 PostgreSQL {OLDEST}–{NEWEST}，得到 {version}；请换用受支持的版本",
                f"expected PostgreSQL {OLDEST} to {NEWEST}, found {version}; use a supported version",
            )
        return
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error) or name not in str(error):
            raise NotReady(
                f"连不上数据库：{error}；请检查 DATABASE_URL 和数据库服务",
                f"the database cannot be reached: {error}; check DATABASE_URL and the server",
            ) from error
    try:
        with psycopg.connect(make_conninfo(url, dbname="postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {} ENCODING 'UTF8'").format(sql.Identifier(name)))
    except psycopg.errors.DuplicateDatabase:
        return  # another process was quicker
    except psycopg.Error as error:
        raise NotReady(
            f"没有数据库 {name}，也建不了：{error}；请由数据库管理员建立",
            f"there is no database {name}, and it could not be made: {error}; ask its administrator",
        ) from error
    said(f"已建立数据库 {name}", f"made the database {name}")
