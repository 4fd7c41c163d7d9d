"""Is a document, or a row of the audit trail, what its proof says? Knows no database and needs no network.

What holds is said in both languages, and so is the first thing that does not.
"""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from mutualaid.core.leaves import leaf_of
from mutualaid.proofs.heads import fingerprint
from mutualaid.proofs.paper import NoProof, Truncated, split
from mutualaid.proofs.proof import NotAProof, Proof, read_proof
from mutualaid.proofs.tree import root_by_path

ISSUED = "document_issued"
KINDS = {
    "decision_letter": ("互助金决定通知书", "decision letter"),
    "certificate": ("保障凭证", "certificate of cover"),
    "receipt": ("收款凭证", "receipt"),
}
"""Kinds of documents as people call them; another kind is shown as it is written."""
FAULTS = {
    "no_proof": (
        "文件里没有证明：它不是带证明的文书，或证明部分已被去掉（有的软件另存、打印时会去掉）；请用原始文件",
        "there is no proof in the file: it is none of ours, or a program took it off in saving; use the original file",
    ),
    "truncated": (
        "文件不完整：证明部分没有结尾；请重新下载",
        "the file is incomplete: its proof has no end; download it again",
    ),
    "malformed": (
        "证明部分被改动或损坏，无法读取；请用原始文件",
        "the proof was changed or damaged and cannot be read; use the original file",
    ),
    "other_key": (
        "证明不是用给出的公钥签的：请核对公钥，密钥更换过的要用当时的公钥",
        "the proof was not signed with the key that you gave: check the key; after a change of keys, take the one of that time",
    ),
    "unknown_key": (
        "证明不是用本系统的密钥签的：不是本系统出具的文书，或密钥被换过",
        "the proof was not signed with a key of ours: the document is none of ours, or the key was exchanged",
    ),
    "unknown_head": (
        "签名成立，但日志头不在本系统的日志里：日志可能被改写过，请把文件交给审计人员",
        "the signature holds, but our log does not have this head: it may have been rewritten; tell the auditors",
    ),
    "bad_signature": (
        "日志头的签名不成立：日志头或公钥被改动",
        "the signature of the head does not hold: head or key was changed",
    ),
    "old_head": (
        "日志头早于这条记录：它签署时日志里还没有这条记录，证明不了它",
        "the head is older than the record: when it was signed the log did not have this record yet",
    ),
    "not_in_log": (
        "记录不在该日志头之下：记录、位置或路径被改动",
        "the record is not under this head: record, position or path was changed",
    ),
    "not_issued": (
        "证明成立，但它证明的不是文件的出具，而是另一条记录",
        "the proof holds, but for another record than the issue of a document",
    ),
    "other_body": (
        "文件内容与所记的不符：文件被改动，或证明属于另一份文件",
        "the file is not the one on record: it was changed, or the proof belongs to another document",
    ),
}
_CHINA = datetime.timezone(datetime.timedelta(hours=8))


@dataclass(frozen=True)
class Verdict:
    """``fault``: a word of FAULTS, empty when all holds. ``sha256``: of the body, empty for a proof of a record. ``trusted``: was
    the key brought by who asks? Else it is the one that came with the proof."""

    fault: str
    trusted: bool
    proof: Proof | None = None
    sha256: str = ""
    size: int = 0

    @property
    def good(self) -> bool:
        """Whether all holds."""
        return not self.fault

    @property
    def entry(self) -> dict[str, Any]:
        """The row that is proven, or claimed; empty without a proof that can be read."""
        return self.proof.entry() if self.proof else {}


def verify(content: bytes, *, key: Ed25519PublicKey | None = None) -> Verdict:
    """Check a document with its proof, or the proof of a row by itself (a file of JSON). ``key``: the public key as it was
    published; without it the one in the proof is used, which proves no more than that all fits together."""
    trusted = key is not None
    alone = content.lstrip()[:1] == b"{"
    body = b""
    try:
        if alone:
            proof = read_proof(content.decode())
        else:
            body, proof = split(content)
        entry = proof.entry()
    except NoProof:
        return Verdict("no_proof", trusted)
    except Truncated:
        return Verdict("truncated", trusted)
    except (NotAProof, UnicodeDecodeError):
        return Verdict("malformed", trusted)
    digest = "" if alone else hashlib.sha256(body).hexdigest()
    fault = _fault_of(proof, key)
    if not fault and not alone:
        detail = entry["detail"]
        if entry["what"] != ISSUED or {type(detail.get(name)) for name in ("kind", "number")} != {str}:
            fault = "not_issued"
        elif (detail.get("sha256"), detail.get("size")) != (digest, len(body)):
            fault = "other_body"
    return Verdict(fault, trusted, proof, digest, len(body))


def _fault_of(proof: Proof, key: Ed25519PublicKey | None) -> str:
    """What does not hold of a proof by itself."""
    if key is not None and fingerprint(key) != fingerprint(proof.key):
        return "other_key"
    if not proof.head.signed_by(key or proof.key, proof.signature):
        return "bad_signature"
    if proof.position >= proof.head.size:
        return "old_head"
    root = root_by_path(leaf=leaf_of(proof.content), position=proof.position, size=proof.head.size, path=proof.path)
    return "" if root == proof.head.root else "not_in_log"


def told(verdict: Verdict) -> list[tuple[str, str]]:
    """What a verdict says, line by line, in Chinese and English."""
    if verdict.fault:
        return [FAULTS[verdict.fault]]
    proof = verdict.proof
    assert proof is not None
    entry = verdict.entry
    lines = [_what(verdict, entry), _when("记录时间", "recorded", _moment(entry["at"]))]
    lines += [
        (
            f"日志位置：第 {proof.position} 号（从 0 数），日志头共 {proof.head.size} 条",
            f"in the log: position {proof.position}, counted from 0, under a head of {proof.head.size} records",
        ),
        _when("日志头签署", "head signed", proof.head.at),
    ]
    print_of = fingerprint(proof.key)
    lines.append((f"公钥指纹：{print_of}", f"fingerprint of the key: {print_of}"))
    if not verdict.trusted:
        lines.append(
            (
                "注意：没有给出公钥，用的是文件里自带的；请把上面的指纹与公布的核对，一致才算数",
                "mind: no key was given, so the one in the file was used; it counts if its fingerprint is the published one",
            )
        )
    return lines


def _what(verdict: Verdict, entry: dict[str, Any]) -> tuple[str, str]:
    if not verdict.sha256:
        return (
            f"证明成立：日志里有这条记录：{_plain(entry['what'])} {_plain(entry['subject'])}",
            f"the proof holds: the log has this record: {_plain(entry['what'])} {_plain(entry['subject'])}",
        )
    detail = entry["detail"]
    kind, number = _plain(detail["kind"]), _plain(detail["number"])
    zh, en = KINDS.get(kind, (kind, kind))
    return (
        f"证明成立：这份文件就是当时出具的{zh} {number}，一个字节也没有改过",
        f"the proof holds: this file is the {en} {number} as it was issued, to the last byte",
    )


def _plain(text: str) -> str:
    """A word of a proof that anybody may have made: short, and without signs that move a terminal's cursor."""
    return "".join(sign for sign in text[:100] if sign.isprintable())


def _moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def _when(zh: str, en: str, at: datetime.datetime) -> tuple[str, str]:
    shown = f"{at.astimezone(_CHINA):%Y-%m-%d %H:%M:%S}"
    return f"{zh}：{shown}（北京时间）", f"{en}: {shown} (UTC+8)"
