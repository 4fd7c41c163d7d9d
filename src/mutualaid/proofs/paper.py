"""A document that carries its own proof: a PDF, and after its end comments with the proof, and its end once more.

The PDF stays valid: a reader looks for the last ``startxref``, and that one points where the first did. Knows no database.
"""

from __future__ import annotations

import base64
import binascii
import re

from mutualaid.proofs.proof import NotAProof, Proof, read_proof

MARK = b"%mutualaid-proof:"
PIECE = 180
"""Characters of a line beside its mark: lines of a PDF are to be short."""
_END = re.compile(rb"startxref\s+([0-9]+)\s+%%EOF\s*\Z")
_END_WITHIN = 1024


class NotAPdf(ValueError):
    """A body that has no end of a PDF, or carries a proof already: a slip in the program."""


class NoProof(ValueError):
    """A file without any proof in it."""


class Truncated(ValueError):
    """A file whose proof begins but does not come to its end."""


def with_proof(*, body: bytes, proof: Proof) -> bytes:
    """The bytes of a document with its proof after its end. Raises NotAPdf."""
    end = _END.search(body, max(0, len(body) - _END_WITHIN))
    if end is None or MARK in body:
        raise NotAPdf("expected a PDF that ends with startxref and %%EOF, and carries no proof yet")
    packed = base64.b64encode(proof.text().encode())
    pieces = (packed[place : place + PIECE] for place in range(0, len(packed), PIECE))
    return b"".join(
        (body, b"\n", *(MARK + piece + b"\n" for piece in pieces), b"startxref\n", end[1], b"\n%%EOF\n"),
    )


def split(content: bytes) -> tuple[bytes, Proof]:
    """A document without its proof, and the proof. Raises NoProof, Truncated, NotAProof; the last also when one byte of what
    stands after the document's own end is another than ``with_proof`` writes."""
    begins = content.find(b"\n" + MARK)
    if begins < 0:
        raise NoProof(f"expected lines that begin with {MARK.decode()}, found none")
    body, rest = content[:begins], content[begins + 1 :]
    lines = rest.split(b"\n")
    pieces = [line[len(MARK) :] for line in lines if line.startswith(MARK)]
    if b"%%EOF" not in rest or rest.endswith(b"%%EOF"):
        raise Truncated("expected %%EOF after the proof, found that the file ends before")
    try:
        proof = read_proof(base64.b64decode(b"".join(pieces), validate=True).decode())
    except (binascii.Error, UnicodeDecodeError) as fault:
        raise NotAProof("expected base64 of a proof") from fault
    try:
        exact = with_proof(body=body, proof=proof) == content
    except NotAPdf as fault:
        raise NotAProof("expected a PDF before the proof") from fault
    if not exact:
        raise NotAProof("expected the proof's lines exactly as they are written")
    return body, proof
