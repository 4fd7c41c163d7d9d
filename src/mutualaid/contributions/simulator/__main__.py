"""``python -m mutualaid.contributions.simulator wechat --folder keys --port 8081``: run a simulated channel until Ctrl-C; also
``alipay``, ``unionpay``, or ``neutral``, which it is when none is named."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from pathlib import Path

from mutualaid.contributions.simulator import alipay, books, cashier, doors, keys, sealing, server, unionpay, wechat

PORT = 8081
NOTIFY = "http://127.0.0.1:8000/channels/{kind}/notifications"
_REAL = {"wechat": wechat, "alipay": alipay, "unionpay": unionpay}
_CHANNELS: dict[str, Callable[[Path, str, set[str]], doors.Channel]] = {
    "wechat": wechat.WeChat,
    "alipay": alipay.Alipay,
    "unionpay": unionpay.UnionPay,
}


def main() -> None:
    """Make keys where there are none, say how the product is told of the channel, and serve."""
    told = _asked()
    address = f"http://{doors.HERE}:{told.port}"
    notify = told.notify or NOTIFY.format(kind=told.kind)
    flags = {name for name in {**cashier.MISBEHAVIOURS, **books.MISBEHAVIOURS} if getattr(told, name.replace("-", "_"))}
    with _server(told, address, notify, flags) as running:
        sys.stdout.write(f"{address}\nMUTUALAID_CHANNELS={told.kind}={told.folder / keys.THEIRS}\n")
        sys.stdout.flush()
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            return


def _server(told: argparse.Namespace, address: str, notify: str, flags: set[str]) -> ThreadingHTTPServer:
    fresh = not (told.folder / keys.OURS).exists()
    if told.kind == "neutral":
        if fresh:
            sealing.set_up(told.folder, address, notify)
        return server.serve(cashier.Cashier(sealing.Seals.of(told.folder), address, time.time, flags), told.port)
    if fresh:
        _REAL[told.kind].set_up(told.folder, address, notify, fund=told.fund, by_certificate=told.by_certificate)
    return doors.serve(_CHANNELS[told.kind](told.folder, address, flags), told.port)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("kind", nargs="?", choices=["neutral", *_REAL], default="neutral")
    parser.add_argument("--folder", type=Path, required=True, help="where the keys of both sides lie, or are made")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--notify", help="where notifications are sent; used when keys are made")
    parser.add_argument("--fund", default="", help="code of the office whose fund the channel pays into; the same")
    parser.add_argument("--by-certificate", action="store_true", help="WeChat Pay signs by a certificate to be fetched")
    for name, means in {**cashier.MISBEHAVIOURS, **books.MISBEHAVIOURS}.items():
        parser.add_argument(f"--{name}", action="store_true", help=means)
    return parser.parse_args()


if __name__ == "__main__":
    main()
