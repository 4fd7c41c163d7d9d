"""The simulated gateway on the network of this machine: checks seals, answers sealed, and takes orders how to misbehave."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from mutualaid.contributions.fiscal.sealing import WINDOW_SECONDS, BadSeal, opened, sealed
from mutualaid.contributions.fiscal.simulator.notes import MISBEHAVIOURS, Conflict, Office

HERE = "127.0.0.1"
OURS, THEIRS = "simulator.json", "fiscal.json"
AGENCY, AGENCY_NAME, ITEM_CODE = "450500001", "海市职工互助保障办事处（模拟）", "103044"
BODY_MOST = 100_000


def set_up(folder: Path, address: str) -> None:
    """Make the keys of both sides and write each side's file, readable by its owner alone."""
    folder.mkdir(parents=True, exist_ok=True)
    ours, theirs = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    _write(folder / OURS, {"private_key": _pem(ours), "agency_public_key": _public(theirs)})
    told = {"address": address, "agency": AGENCY, "agency_name": AGENCY_NAME, "item_code": ITEM_CODE}
    _write(folder / THEIRS, {**told, "private_key": _pem(theirs), "gateway_public_key": _public(ours)})


@dataclass
class Keys:
    """The gateway's keys, and the nonces that it has seen."""

    private_key: Ed25519PrivateKey
    agency_key: Ed25519PublicKey
    seen: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Keys:
        """As ``set_up`` wrote them."""
        facts = json.loads((folder / OURS).read_text(encoding="utf-8"))
        private = load_pem_private_key(facts["private_key"].encode(), password=None)
        public = load_pem_public_key(facts["agency_public_key"].encode())
        assert isinstance(private, Ed25519PrivateKey)
        assert isinstance(public, Ed25519PublicKey)
        return cls(private, public)

    def check(self, what: str, headers: Mapping[str, str], body: bytes, now: int) -> str:
        """The nonce of a request, seen for the first time. Raises BadSeal."""
        nonce = opened(self.agency_key, what, headers, body, now)
        self.seen = {old: at for old, at in self.seen.items() if now - at <= 2 * WINDOW_SECONDS}
        if nonce in self.seen:
            raise BadSeal("nonce")
        self.seen[nonce] = now
        return nonce


def serve(office: Office, keys: Keys, port: int) -> ThreadingHTTPServer:
    """A server that is bound and not running yet."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            self._answer(self.rfile.read(min(length, BODY_MOST)))

        def log_message(self, *_: Any) -> None:
            return

        def _answer(self, body: bytes) -> None:
            if self.path.startswith("/control/"):
                self._send(200, json.dumps(control(office, self.path, body)).encode(), {})
                return
            try:
                nonce = keys.check(f"{self.command} {self.path}", dict(self.headers.items()), body, int(office.clock()))
            except BadSeal as fault:
                self._send(401, json.dumps({"error": "BAD_SEAL", "message": str(fault)}).encode(), {})
                return
            if "down" in office.flags:
                self._send(503, b"", {})
                return
            status, content = respond(office, self.command, self.path, body)
            if "lose-response" in office.flags:
                self._send(503, b"", {})
                return
            key = Ed25519PrivateKey.generate() if "forge" in office.flags else keys.private_key
            self._send(status, content, sealed(key, f"{status} {self.path} {nonce}", content, int(office.clock())))

        def _send(self, status: int, content: bytes, headers: Mapping[str, str]) -> None:
            self.send_response(status)
            kind = "application/pdf" if content.startswith(b"%PDF-") else "application/json; charset=utf-8"
            for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    return ThreadingHTTPServer((HERE, port), Handler)


def respond(office: Office, method: str, path: str, body: bytes) -> tuple[int, bytes]:
    """Status and body of an answer of the protocol."""
    parts = path.strip("/").split("/")
    if (method, path) == ("POST", "/v1/notes"):
        try:
            return 200, _json(office.told(office.ask_for(json.loads(body))))
        except Conflict:
            return 409, _json({"error": "CONFLICT", "message": "同一请求号的内容不同"})
        except (ValueError, KeyError, TypeError):
            return 400, _json({"error": "BAD_REQUEST", "message": "请求缺项或格式不符"})
    note = office.notes.get(parts[2]) if method == "GET" and parts[:2] == ["v1", "notes"] and len(parts) > 2 else None
    if note is None:
        return 404, _json({"error": "ABSENT", "message": "没有这个请求"})
    if len(parts) == 4 and note.state == "issued":
        return 200, note.face + (b"%changed" if "wrong-face" in office.flags else b"")
    return 200, _json(office.told(note))


def control(office: Office, path: str, body: bytes) -> dict[str, Any]:
    """How it is to behave from now on, and letting go of what is pending: for tests, without a seal, on this machine."""
    if path == "/control/flags":
        office.flags = {flag for flag in json.loads(body) if flag in MISBEHAVIOURS}
        return {"flags": sorted(office.flags)}
    if path == "/control/issue":
        return {"issued": office.let_go()}
    return {"notes": len(office.notes), "issued": office.numbers}


def _json(facts: Mapping[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False).encode()


def _pem(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _public(key: Ed25519PrivateKey) -> str:
    public = key.public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def _write(path: Path, facts: Mapping[str, str]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(facts, file, ensure_ascii=False, indent=1)
