"""Where things lie: the data folder, the database, the secret key. Read from the environment, never from the project's files."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from mutualaid.core.cluster import Cluster

ROLE = "mutualaid_app"
"""The role of PostgreSQL under which the product works: it owns no table (``row_security``)."""
PROJECT = Path(__file__).resolve().parents[3]


class PlaceError(Exception):
    """A setting that cannot be used; the message says what was expected."""


def data_folder() -> Path:
    """What must outlive a restart: ``MUTUALAID_DATA``, else a folder of this project's own.

    As root it lies where the server's user can reach it.
    """
    named = os.environ.get("MUTUALAID_DATA")
    if named:
        return Path(named)
    if os.geteuid() == 0:
        return Path("/var/lib/mutualaid") / hashlib.sha256(str(PROJECT).encode()).hexdigest()[:12]
    return PROJECT / "build" / "data"


def cluster() -> Cluster:
    """The private PostgreSQL in the data folder."""
    return Cluster(data_folder() / "postgresql")


def database_url() -> str:
    """``DATABASE_URL``, else the private server's."""
    return os.environ.get("DATABASE_URL") or cluster().url("mutualaid")


def database(url: str, role: str | None = None) -> dict[str, Any]:
    """Django's settings of a database from ``postgresql://user:password@host:port/name?host=/socket``, used under a role.

    Raises PlaceError.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise PlaceError(
            f"DATABASE_URL 应为 postgresql://用户:密码@主机/数据库，得到 {parts.scheme or '空'}://…；请改正 · "
            f"expected postgresql://user:password@host/database, found {parts.scheme or 'nothing'}://…; correct it"
        )
    options = dict(parse_qsl(parts.query))
    if role is not None:
        options["options"] = f"{options.get('options', '')} -c role={role}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": str(parts.port or options.pop("port", "")),
        "ATOMIC_REQUESTS": False,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def secret_key(environment: Mapping[str, str]) -> str:
    """``MUTUALAID_SECRET_KEY``, else one of this data folder's own."""
    return environment.get("MUTUALAID_SECRET_KEY") or kept_secret("secret-key", lambda: secrets.token_urlsafe(50))


def kept_secret(name: str, make: Callable[[], str]) -> str:
    """A secret of this data folder's own, made at first use and readable by its owner alone."""
    path = data_folder() / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".{name}-{secrets.token_hex(4)}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(make())
        try:
            os.link(made, path)  # whoever is first wins, and nobody reads half a key
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text(encoding="ascii")
