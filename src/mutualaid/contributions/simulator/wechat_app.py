"""The WeChat app's side of the simulator: web authorisation, and the bridge by which a page inside WeChat asks for a payment.

The app itself gives pages their ``WeixinJSBridge``. Here it is a script, ``/bridge.js``, that whoever drives the browser puts
into each page, as the app would; it asks this program, which checks what the merchant signed.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15

from mutualaid.contributions.simulator.books import Books, Sale
from mutualaid.contributions.simulator.doors import Answered, Asked, Door, as_json, page

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
"""The one person of this WeChat."""
CODE_SECONDS = 300
WINDOW_SECONDS = 300
_ANYBODY = {"Access-Control-Allow-Origin": "*"}
_BRIDGE = """"use strict";
(() => {
  const home = %s;
  const ask = (path, told) => fetch(home + path, { method: "POST", body: JSON.stringify(told) }).then((said) => said.json());
  const box = (text, press) => {
    const made = document.createElement("div");
    made.id = "wechat-app";
    made.style.cssText = "position:fixed;inset:auto 0 0 0;z-index:9999;padding:1.5rem;background:#fff;text-align:center";
    const said = document.createElement("p");
    said.textContent = text;
    made.append(said);
    for (const [word, label] of [["ok", "确认支付"], ["cancel", "取消"]]) {
      const button = document.createElement("button");
      button.type = "button"; button.value = word; button.textContent = label;
      button.style.cssText = "min-height:48px;min-width:8rem;margin:0 .5rem";
      button.addEventListener("click", () => { made.remove(); press(word); });
      made.append(button);
    }
    document.body.append(made);
  };
  window.WeixinJSBridge = {
    invoke: async (what, told, done) => {
      const end = (word) => done({ err_msg: what + ":" + word });
      if (what !== "getBrandWCPayRequest") { end("fail"); return; }
      const known = await ask("/bridge/requests", told);
      if (!known.text) { end("fail"); return; }
      box(known.text, async (word) => {
        if (word === "ok") await ask("/bridge/payments", told);
        end(word);
      });
    },
  };
  document.addEventListener("DOMContentLoaded", () => document.dispatchEvent(new Event("WeixinJSBridgeReady")));
})();
"""


@dataclass
class App:
    """What the app knows: codes that it gave, and until when each counts."""

    appid: str
    secret: str
    address: str
    books: Books
    merchant_key: Any
    codes: dict[str, int] = field(default_factory=dict)

    def doors(self) -> Sequence[Door]:
        """Its doors, beside those of the platform for merchants."""
        return (
            ("GET", "/connect/oauth2/authorize", self._authorize),
            ("GET", "/sns/oauth2/access_token", self._who),
            ("GET", "/bridge.js", self._bridge),
            ("POST", "/bridge/requests", self._request),
            ("POST", "/bridge/payments", self._pay),
        )

    def _authorize(self, asked: Asked) -> Answered:
        told = asked.query
        lawful = (told.get("appid"), told.get("response_type"), told.get("scope")) == (
            self.appid,
            "code",
            "snsapi_base",
        )
        state, back = told.get("state", ""), told.get("redirect_uri", "")
        if (
            not lawful
            or len(state) > 128
            or not (state.isascii() and state.isalnum())
            or urlsplit(back).scheme not in ("http", "https")
        ):
            return page(400, "参数错误", "<p>redirect_uri、scope 或 state 不合规定。</p>")
        code = secrets.token_hex(16)
        self.codes[code] = int(self.books.clock()) + CODE_SECONDS
        joined = "&" if urlsplit(back).query else "?"
        return Answered(302, headers={"Location": f"{back}{joined}{urlencode({'code': code, 'state': state})}"})

    def _who(self, asked: Asked) -> Answered:
        told = asked.query
        if (told.get("appid"), told.get("secret")) != (self.appid, self.secret):
            return as_json({"errcode": 40125, "errmsg": "invalid appsecret"})
        until = self.codes.pop(told.get("code", ""), 0)
        if told.get("grant_type") != "authorization_code" or until < self.books.clock():
            return as_json({"errcode": 40029, "errmsg": "invalid code"})
        return as_json(
            {"access_token": secrets.token_hex(16), "expires_in": 7200, "openid": OPENID, "scope": "snsapi_base"}
        )

    # --- the bridge ---------------------------------------------------------------------------------------------------

    def _bridge(self, _: Asked) -> Answered:
        return Answered(200, (_BRIDGE % json.dumps(self.address)).encode(), "text/javascript; charset=utf-8", _ANYBODY)

    def _request(self, asked: Asked) -> Answered:
        """What the payer is shown: nothing, where the page's parameters are not the merchant's."""
        sale = self._sale(asked)
        text = f"{sale.description} ¥ {sale.fen // 100}.{sale.fen % 100:02}" if sale and sale.state == "waiting" else ""
        return _open({"text": text})

    def _pay(self, asked: Asked) -> Answered:
        sale = self._sale(asked)
        return _open({"paid": sale is not None and self.books.pay(sale)})

    def _sale(self, asked: Asked) -> Sale | None:
        try:
            told: Mapping[str, str] = json.loads(asked.body)
            signed = "".join(f"{told[name]}\n" for name in ("appId", "timeStamp", "nonceStr", "package"))
            signature = base64.b64decode(told["paySign"], validate=True)
            self.merchant_key.verify(signature, signed.encode(), PKCS1v15(), hashes.SHA256())
            fresh = abs(int(told["timeStamp"]) - self.books.clock()) <= WINDOW_SECONDS
        except (KeyError, ValueError, TypeError, InvalidSignature):
            return None
        if (told["appId"], told.get("signType")) != (self.appid, "RSA") or not fresh:
            return None
        found = (one for one in self.books.sales.values() if told["package"] == f"prepay_id=wx{one.external}")
        return next((self.books.refresh(one) for one in found), None)


def _open(facts: Mapping[str, Any]) -> Answered:
    said = as_json(facts)
    return Answered(said.status, said.body, said.media_type, _ANYBODY)
