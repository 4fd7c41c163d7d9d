"""A document that carries its proof: whoever changes one byte of it, or hands it out with another's proof, is found out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mutualaid.core.documents import compiled
from mutualaid.core.leaves import leaf_of
from mutualaid.people.models import Account
from mutualaid.proofs import tree
from mutualaid.proofs.actions import issue_document, sequence_leaves
from mutualaid.proofs.heads import Head, NotAHead, NotAKey, fingerprint, key_id, read_head, read_pem, to_pem
from mutualaid.proofs.paper import MARK, NotAPdf, split, with_proof
from mutualaid.proofs.proof import NotAProof, Proof, read_proof
from mutualaid.proofs.queries import issue_of, proof_of, with_its_proof
from mutualaid.proofs.signing import signing_key
from mutualaid.proofs.verifying import FAULTS, told, verify
from tests.proofs.trail import AT, BY, STAFF, write

PDFTOTEXT = shutil.which("pdftotext")
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()


@cache
def letter(number: str = "L00000017") -> bytes:
    return compiled(f'#set document(title: "{number}")\n给付通知 {number}\n#pagebreak()\n第二页'.encode(), {}).content


def content_for(body: bytes, number: str = "L00000017", what: str = "document_issued") -> str:
    detail = {
        "kind": "decision_letter",
        "number": number,
        "sha256": hashlib.sha256(body).hexdigest(),
        "size": len(body),
    }
    told = {"at": "2026-03-01T09:30:00.000000Z", "detail": detail, "subject": "claims.claim:17", "what": what}
    return json.dumps(told, separators=(",", ":"), sort_keys=True)


def proof_for(content: str, *, others: int = 12, position: int = 5, key: Ed25519PrivateKey = KEY) -> Proof:
    """A proof out of a small log of its own."""
    growing, hashes = tree.Growing(), dict[tree.Node, bytes]()
    for place in range(others + 1):
        leaf = leaf_of(content if place == position else f"other {place}")
        hashes[0, place] = leaf
        hashes |= dict(growing.add(leaf))
    head = Head(growing.size, growing.root(), AT, key_id(key.public_key()))
    spans = tree.inclusion_spans(position=position, size=growing.size)
    path = tuple(tree.root_of(span, hashes) for span in spans)
    return Proof(content, position, path, head, head.sign(key), key.public_key())


@cache
def proven(number: str = "L00000017") -> bytes:
    body = letter(number)
    return with_proof(body=body, proof=proof_for(content_for(body, number)))


def test_a_letter_is_proven() -> None:
    verdict = verify(proven(), key=PUBLIC)
    assert (verdict.fault, verdict.trusted, verdict.good) == ("", True, True)
    assert split(proven())[0] == letter()
    lines = told(verdict)
    assert lines[0][0] == "证明成立：这份文件就是当时出具的互助金决定通知书 L00000017，一个字节也没有改过"
    assert (
        lines[0][1] == "the proof holds: this file is the decision letter L00000017 as it was issued, to the last byte"
    )
    assert lines[1] == ("记录时间：2026-03-01 17:30:00（北京时间）", "recorded: 2026-03-01 17:30:00 (UTC+8)")
    assert fingerprint(PUBLIC) in lines[-1][0]
    assert len(lines) == 5


def test_without_a_key_it_is_said_that_the_files_own_was_used() -> None:
    lines = told(verify(proven()))
    assert len(lines) == 6
    assert "没有给出公钥" in lines[-1][0]
    assert "no key was given" in lines[-1][1]


def test_the_lines_are_short_and_the_file_ends_as_a_pdf() -> None:
    tail = proven()[len(letter()) :]
    assert tail.startswith(b"\n" + MARK)
    assert max(map(len, tail.split(b"\n"))) <= 200
    starts = re.findall(rb"startxref\s+([0-9]+)\s+%%EOF", proven())
    assert len(starts) == 2
    assert starts[0] == starts[1]


@pytest.mark.skipif(PDFTOTEXT is None, reason="pdftotext is not installed")
def test_readers_of_pdf_see_the_same_document(tmp_path: Path) -> None:
    texts = []
    for name, content in (("plain.pdf", letter()), ("proven.pdf", proven())):
        (tmp_path / name).write_bytes(content)
        found = subprocess.run([str(PDFTOTEXT), tmp_path / name, "-"], capture_output=True, text=True, encoding="utf-8")
        assert (found.returncode, found.stderr) == (0, "")
        texts.append(found.stdout)
    assert texts[0] == texts[1]
    assert "L00000017" in texts[0]


# --- what does not hold -----------------------------------------------------------------------------------------------


@given(st.data())
def test_no_byte_can_be_another(data: st.DataObject) -> None:
    content = proven()
    place = data.draw(st.integers(0, len(content) - 1))
    other = data.draw(st.integers(1, 255))
    changed = content[:place] + bytes([content[place] ^ other]) + content[place + 1 :]
    assert verify(changed, key=PUBLIC).fault in {"other_body", "malformed", "truncated", "other_key", "bad_signature"}
    assert verify(changed).fault


def test_no_bit_of_the_proof_can_be_another() -> None:
    content = proven()
    for place in range(len(letter()), len(content)):
        for bit in range(8):
            changed = content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]
            assert verify(changed).fault, (place, bit)


@given(st.data())
def test_nothing_can_be_cut_off_or_put_in(data: st.DataObject) -> None:
    content = proven()
    place = data.draw(st.integers(0, len(content)))
    more = data.draw(st.binary(min_size=1, max_size=20))
    assert verify(content[:place] + more + content[place:]).fault
    if place < len(content):
        assert verify(content[:place]).fault == (
            "no_proof" if place < len(letter()) + len(MARK) + 1 else "truncated"
        ) or (place == len(content) - 1)


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_whatever_is_brought_gets_an_answer(content: bytes) -> None:
    for brought in (
        content,
        b"{" + content,
        MARK + content,
        letter() + b"\n" + MARK + content + b"\nstartxref\n1\n%%EOF\n",
    ):
        verdict = verify(brought)
        assert verdict.fault in FAULTS
        assert all(told(verdict)[0])


def forged(**changes: object) -> bytes:
    return with_proof(body=letter(), proof=replace(proof_for(content_for(letter())), **changes))  # type: ignore[arg-type]


def test_each_lie_has_its_name() -> None:
    good, other_key = proof_for(content_for(letter())), Ed25519PrivateKey.generate()
    strange = proof_for(content_for(letter("L00000018"), "L00000018"))
    earlier = Head(3, bytes(32), AT, good.head.key_id)
    foreign = Head(good.head.size, good.head.root, AT, key_id(other_key.public_key()))
    log = proof_for(content_for(letter()), position=6)
    cases = {
        "no_proof": letter(),
        "truncated": proven()[:-30],
        "malformed": proven().replace(MARK, MARK + b" ", 1),
        "other_body": with_proof(body=letter(), proof=strange),
        "bad_signature": forged(signature=bytes(64)),
        "old_head": forged(head=earlier, signature=earlier.sign(KEY)),
        "not_in_log": forged(path=log.path),
        "not_issued": with_proof(body=letter(), proof=proof_for(content_for(letter(), what="registered"))),
        "other_key": forged(head=foreign, signature=foreign.sign(other_key), key=other_key.public_key()),
    }
    assert {name: verify(content, key=PUBLIC).fault for name, content in cases.items()} == {
        name: name for name in cases
    }
    assert set(cases) | {"unknown_key", "unknown_head"} == set(FAULTS)  # the two are told by the page
    assert verify(forged(position=4), key=PUBLIC).fault == "not_in_log"
    assert verify(forged(content=content_for(letter(), "L00000099")), key=PUBLIC).fault == "not_in_log"
    # Whoever makes a log and a key of their own gets through without the published key: that is why it is said.
    own = forged(head=foreign, signature=foreign.sign(other_key), key=other_key.public_key())
    assert verify(own).fault == ""
    assert "文件里自带" in told(verify(own))[-1][0]


@pytest.mark.parametrize(
    "content",
    ["[]", "x", '{"at":"2026-03-01","what":1,"subject":"","detail":{}}', '{"at":1,"what":"","subject":""}', ""],
)
def test_a_proof_of_no_row_is_refused(content: str) -> None:
    assert verify(proof_for(content).text().encode()).fault == "malformed"


def test_signs_that_move_the_cursor_are_not_shown() -> None:
    body = letter()
    bad = proof_for(content_for(body, "\x1b[2J\r17"))
    assert told(verify(with_proof(body=body, proof=bad)))[0][1].endswith(
        "decision letter [2J17 as it was issued, to the last byte"
    )


# --- the proof by itself, heads, keys ---------------------------------------------------------------------------------


def test_a_proof_by_itself_is_a_file_of_json() -> None:
    proof = proof_for(content_for(letter()))
    for text in (proof.text(), proof.text(indent=1)):
        assert read_proof(text) == proof
        assert verify(text.encode(), key=PUBLIC).fault == ""
        for place in range(0, len(text), 7):
            changed = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
            assert verify(changed.encode()).fault
    assert told(verify(proof.text().encode()))[0][0] == "证明成立：日志里有这条记录：document_issued claims.claim:17"
    with pytest.raises(NotAProof, match="another spelling"):
        read_proof(proof.text().replace(":5", ": 5"))
    with pytest.raises(NotAProof, match="at most"):
        read_proof(" " * 300_000)


def test_a_head_is_written_in_one_way() -> None:
    head = Head(12345, hashlib.sha256(b"").digest(), AT, "0123456789abcdef")
    assert head.text() == (
        "mutualaid/proofs\n12345\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
        "at 2026-03-01T09:30:00.000000Z\nkey 0123456789abcdef\n"
    )
    assert read_head(head.text()) == head
    for bad in (
        head.text()[:-1],
        head.text().replace("12345", "012345"),
        head.text().replace("FU=", "FV="),
        head.text().replace("2026-03", "2026-13"),
        head.text().replace("12345", str(1 << 62 | 1)),
        head.text() + "\n",
        "",
    ):
        with pytest.raises(NotAHead):
            read_head(bad)


def test_a_key_is_read_and_named() -> None:
    assert fingerprint(read_pem(to_pem(PUBLIC))) == fingerprint(PUBLIC)
    der = base64.b64decode("".join(to_pem(PUBLIC).splitlines()[1:-1]))
    assert hashlib.sha256(der).hexdigest() == fingerprint(PUBLIC)
    for bad in (
        "",
        "x",
        to_pem(PUBLIC).replace("MC", "MD"),
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    ):
        with pytest.raises(NotAKey):
            read_pem(bad)


@pytest.mark.parametrize("body", [b"", b"no pdf", letter()[:-8], proven()], ids=["empty", "text", "cut", "twice"])
def test_only_a_whole_pdf_takes_a_proof_and_only_once(body: bytes) -> None:
    with pytest.raises(NotAPdf):
        with_proof(body=body, proof=proof_for(content_for(body)))


@pytest.mark.django_db
def test_from_the_issue_to_the_proof() -> None:
    row, body = Account.objects.create(name="wang"), letter()
    entry = issue_document(kind="decision_letter", number="L00000017", row=row, body=body, by=STAFF, at=AT, lang="zh")
    assert entry.what == "document_issued"
    assert entry.detail["lang"] == "zh"
    assert proof_of(entry=entry) is None
    assert with_its_proof(row=row, body=body) == body
    write(3)
    sequence_leaves(by=BY, at=AT)
    found = issue_of(row=row, sha256=hashlib.sha256(body).hexdigest())
    assert found == entry
    assert issue_of(row=row, sha256="0" * 64) is None
    assert found is not None
    proof = proof_of(entry=found)
    assert proof is not None
    assert verify(with_proof(body=body, proof=proof), key=signing_key().public_key()).fault == ""
    assert with_its_proof(row=row, body=body) == with_proof(body=body, proof=proof)
    assert with_its_proof(row=row, body=letter("L00000018")) == letter("L00000018")
