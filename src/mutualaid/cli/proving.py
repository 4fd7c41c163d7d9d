"""``mutualaid proof``: is a document what its proof says, is the log what it was, and which key is ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from mutualaid.cli.options import Lang, LangOption
from mutualaid.cli.unread import database_unread

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from mutualaid.proofs.verifying import Verdict

proof_app = typer.Typer(
    no_args_is_help=True, help="存证：核验文书、核对整个日志、公钥 · proofs: verify a document, check the log, the key"
)
SIZE_MOST = 64 * 2**20


def register(app: typer.Typer, errors: Console) -> None:
    """Add the commands to the application; ``errors`` is its console on standard error."""

    @proof_app.command("verify")
    def verify(
        file: Annotated[
            Path, typer.Argument(help="带证明的 PDF，或 .json 证明 · a PDF with its proof, or a .json proof")
        ],
        key: Annotated[
            Path | None, typer.Option("--key", help="已公布的公钥（PEM）· the public key as it was published")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="结果写成 JSON · the verdict as JSON")] = False,
        lang: LangOption = Lang.zh,
    ) -> None:
        """核验文书：是否由本系统出具、何时出具、有没有改动。不联网，不用数据库。不成立则退出码为 1，文件不能读则为 2。

        Verify a document: whether, when and as what it was issued, and that nothing was changed. Needs neither network nor
        database. Exit status 1 when it does not hold, 2 when a file cannot be read.
        """
        _leave(_verify(file, key, errors, as_json=as_json, zh=lang is Lang.zh))

    @proof_app.command("check")
    def check(lang: LangOption = Lang.zh) -> None:
        """核对整个日志：从每条审计记录重新计算所有哈希与日志头。有差异则退出码为 1。

        Check the whole log: all hashes and heads are computed again from the rows of the audit trail. Exit status 1 when
        anything differs.
        """
        _leave(_check(Console(soft_wrap=True), errors, zh=lang is Lang.zh))

    @proof_app.command("key")
    def key(lang: LangOption = Lang.zh) -> None:
        """公钥：写出本系统签署日志头的公钥（PEM）和指纹，供公布；还没有密钥时生成。

        The public key that heads are signed with, and its fingerprint, to be published; made if there is none yet.
        """
        _leave(_key(errors, zh=lang is Lang.zh))

    app.add_typer(proof_app, name="proof")


def _leave(code: int) -> None:
    if code:
        raise typer.Exit(code)


def _verify(file: Path, key: Path | None, errors: Console, *, as_json: bool, zh: bool) -> int:
    from mutualaid.proofs.heads import NotAKey, read_pem
    from mutualaid.proofs.verifying import told, verify

    public = None
    try:
        if key is not None:
            public = read_pem(key.read_text(encoding="ascii"))
        if file.stat().st_size > SIZE_MOST:
            errors.print(f"{file}: 超过 64 MB" if zh else f"{file}: more than 64 MB", markup=False)
            return 2
        content = file.read_bytes()
    except OSError as error:
        errors.print(f"{error.filename}: {error.strerror}", markup=False)
        return 2
    except (NotAKey, UnicodeDecodeError):
        fault = NotAKey()
        errors.print(f"{key}: {fault.zh if zh else fault.en}", markup=False)
        return 2
    verdict = verify(content, key=public)
    if as_json:
        typer.echo(json.dumps(_as_json(verdict, public), ensure_ascii=False, indent=1))
    else:
        for chinese, english in told(verdict):
            typer.echo(chinese if zh else english, err=not verdict.good)
    return 0 if verdict.good else 1


def _as_json(verdict: Verdict, key: Ed25519PublicKey | None) -> dict[str, Any]:
    from mutualaid.core.leaves import utc_text
    from mutualaid.proofs.heads import fingerprint
    from mutualaid.proofs.verifying import told

    lines = told(verdict)
    found: dict[str, Any] = {
        "good": verdict.good,
        "fault": verdict.fault,
        "zh": [zh for zh, _ in lines],
        "en": [en for _, en in lines],
        "key_given": key is not None,
    }
    if verdict.proof:
        head = verdict.proof.head
        found |= {
            "entry": verdict.entry,
            "position": verdict.proof.position,
            "head": {"size": head.size, "root": head.root.hex(), "at": utc_text(head.at)},
            "fingerprint": fingerprint(verdict.proof.key),
            "sha256": verdict.sha256,
        }
    return found


def _begun(errors: Console) -> bool:
    from mutualaid.core import preparing
    from mutualaid.core.cluster import ClusterError
    from mutualaid.core.places import PlaceError

    try:
        preparing.begin()
    except (ClusterError, PlaceError) as error:
        errors.print(str(error), markup=False)
        return False
    return True


def _check(console: Console, errors: Console, *, zh: bool) -> int:
    if not _begun(errors):
        return 2
    from django.db import DatabaseError

    from mutualaid.proofs.checking import check_log

    try:
        with Progress(console=errors, transient=True, disable=not errors.is_terminal) as bar:
            task = bar.add_task("核对" if zh else "checking", total=None)
            report = check_log(told=lambda done, total: bar.update(task, completed=done, total=total))
    except DatabaseError as error:
        errors.print(
            database_unread(error, command="proof check", zh=zh), markup=False, highlight=False, soft_wrap=True
        )
        return 2
    for difference in report.differences:
        console.print(difference.zh if zh else difference.en, markup=False, highlight=False)
    console.print(
        f"核对了 {report.leaves} 条记录、{report.heads} 个日志头，{report.count} 处差异"
        if zh
        else f"{report.leaves} records and {report.heads} heads checked, {report.count} differences",
        highlight=False,
    )
    return 1 if report.count else 0


def _key(errors: Console, *, zh: bool) -> int:
    from mutualaid.core.encryption import KeyFault
    from mutualaid.proofs.heads import fingerprint, to_pem
    from mutualaid.proofs.signing import signing_key

    try:
        public = signing_key().public_key()
    except KeyFault as fault:
        errors.print(fault.zh if zh else fault.en, markup=False)
        return 2
    except OSError as error:
        errors.print(f"{error.filename}: {error.strerror}", markup=False)
        return 2
    typer.echo(to_pem(public), nl=False)
    typer.echo(f"指纹 · fingerprint: {fingerprint(public)}", err=True)
    return 0
