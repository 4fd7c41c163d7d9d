"""What a command says when the database cannot be read: why, how to begin it, and where that of the demonstration is."""

from __future__ import annotations

from mutualaid.core.places import data_folder


def database_unread(error: Exception, *, command: str, zh: bool) -> str:
    """The whole message. ``command``: what was asked for, to be typed again, such as ``proof check``."""
    why = str(error).strip()
    demo = f"MUTUALAID_DATA={data_folder() / 'demo'} mutualaid {command}"
    if zh:
        return (
            f"读不了数据库：{why}\n先运行 mutualaid migrate（启动自带的数据库），或设置 DATABASE_URL。\n"
            f"要核对正在运行的演示：{demo}"
        )
    return (
        f"the database cannot be read: {why}\nrun mutualaid migrate first (it starts the private one), or set DATABASE_URL\n"
        f"for the demonstration while it runs: {demo}"
    )
