"""The commands of docs/proofs.md: a letter is verified with common tools and none of our code."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from mutualaid.core.places import PROJECT
from mutualaid.proofs.heads import fingerprint, to_pem
from mutualaid.proofs.paper import with_proof
from tests.proofs.test_documents_proven import PUBLIC, content_for, letter, proof_for

TOOLS = ("sh", "grep", "sed", "sha256sum", "openssl", "jq", "xxd", "base64")
pytestmark = pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")


def by_hand(folder: Path, content: bytes) -> subprocess.CompletedProcess[str]:
    (folder / "letter.pdf").write_bytes(content)
    (folder / "key.pem").write_text(to_pem(PUBLIC), encoding="ascii")
    text = (PROJECT / "docs" / "proofs.md").read_text(encoding="utf-8")
    script = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    return subprocess.run(
        ["sh", "-c", script], cwd=folder, capture_output=True, text=True, encoding="utf-8", env={"LC_ALL": "C.UTF-8"}
    )


@pytest.mark.parametrize(("others", "position"), [(0, 0), (1, 1), (6, 6), (12, 5), (12, 12), (63, 17), (70, 68)])
def test_each_step_holds(others: int, position: int, tmp_path: Path) -> None:
    body = letter()
    proof = proof_for(content_for(body), others=others, position=position)
    found = by_hand(tmp_path, with_proof(body=body, proof=proof))
    assert found.returncode == 0, found.stderr
    lines = found.stdout.split("\n")
    assert lines[0] == lines[1] != ""
    assert lines[2] == lines[3] == proof.head.root.hex()
    assert "Verified Successfully" in found.stdout
    assert (tmp_path / "body.pdf").read_bytes() == body


def test_a_changed_letter_is_seen(tmp_path: Path) -> None:
    body = letter()
    content = with_proof(body=body, proof=proof_for(content_for(body)))
    found = by_hand(tmp_path, b"X" + content[1:])
    lines = found.stdout.split("\n")
    assert lines[0] != lines[1]


def test_the_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(to_pem(PUBLIC), encoding="ascii")
    command = "openssl pkey -pubin -in key.pem -outform DER | sha256sum"
    found = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True)
    assert found.stdout[:64] == fingerprint(PUBLIC)
