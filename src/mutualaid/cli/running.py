"""Commands that run the product: ``mutualaid demo`` and ``mutualaid serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mutualaid.cli.options import Lang, LangOption


def register(app: typer.Typer, errors: Console) -> None:
    """Add the commands to the application; ``errors`` is its console on standard error."""

    def leave(code: int) -> None:
        if code:
            raise typer.Exit(code)

    @app.command()
    def demo(
        port: Annotated[
            int | None,
            typer.Option("--port", min=0, max=65535, help="端口，默认 8000 或其后空闲的 · 8000 or the next free one"),
        ] = None,
        members: Annotated[int, typer.Option("--members", min=50, max=200_000, help="会员人数 · how many")] = 2000,
        fresh: Annotated[bool, typer.Option("--fresh", help="清空上次的演示数据 · begin with new data")] = False,
        no_browser: Annotated[bool, typer.Option("--no-browser", help="不打开浏览器 · open no browser")] = False,
        check_only: Annotated[
            bool, typer.Option("--check", help="启动、逐一打开首页的链接、停止 · start, ask each linked page, stop")
        ] = False,
        lang: LangOption = Lang.zh,
    ) -> None:
        """演示：在本机运行整个系统（自带数据库、虚构的工会、三个端）。Ctrl-C 停止它启动的一切。

        The whole product on this machine: a database of its own, an invented union, the three ends. Ctrl-C stops all that
        it started.
        """
        from mutualaid.cli.demonstrating import Wish, demonstrate

        names = [known.name or getattr(known.callback, "__name__", "") for known in app.registered_commands]
        wish = Wish(
            port=0 if check_only and port is None else port,
            members=members,
            fresh=fresh,
            browser=not no_browser,
            check=check_only,
            worker="worker" in names,
            zh=lang is Lang.zh,
        )
        leave(demonstrate(wish, Console(), errors))

    @app.command()
    def serve(
        host: Annotated[str, typer.Option("--host", help="监听的地址 · address to listen at")] = "127.0.0.1",
        port: Annotated[int, typer.Option("--port", min=0, max=65535, help="端口，0 自动选择 · 0 chooses one")] = 8000,
        workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="进程数 · processes")] = 2,
        lang: LangOption = Lang.zh,
    ) -> None:
        """网页服务：先做部署检查，有严重问题就不启动；收集静态文件；Ctrl-C 或 SIGTERM 停止。

        Serve the pages: refuses when the deployment has a grave fault, collects the static files, stops on Ctrl-C or
        SIGTERM.
        """
        from mutualaid.cli.serving import serve as run

        leave(run(Console(soft_wrap=True), errors, host=host, port=port, workers=workers, zh=lang is Lang.zh))

    @app.command()
    def replay(
        export: Annotated[
            Path | None,
            typer.Option(
                "--export", help="同时导出案例、计划和决定（含健康信息）· also write cases, plans and decisions"
            ),
        ] = None,
        lang: LangOption = Lang.zh,
    ) -> None:
        """重算：把库中每位会员的全部理赔重新理算，与当时的决定和额度台账逐项核对，应为 0 差异。

        Decide the whole database again and hold it against what was decided online and against the ledger of limits: 0
        differences are expected, exit status 1 with any.
        """
        from mutualaid.cli.replaying import replay as run

        leave(run(Console(soft_wrap=True), errors, export_to=export, zh=lang is Lang.zh))
