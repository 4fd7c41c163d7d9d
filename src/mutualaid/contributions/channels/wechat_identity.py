"""Who a payer is to a merchant's WeChat application: web authorisation (snsapi_base), a code, and for the code an openid. It
is asked inside WeChat, without a question to the payer; what comes back is an identifier for this application alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from mutualaid.contributions.channels.calls import address_of, call, read_json
from mutualaid.contributions.gateway import NotTaken, Unclear

AUTHORIZE, IDENTITY = "https://open.weixin.qq.com", "https://api.weixin.qq.com"
_OPENID = re.compile(r"[A-Za-z0-9_-]{6,128}")


@dataclass(frozen=True)
class Application:
    """An application (公众号) of the merchant, and its secret."""

    appid: str
    secret: str
    authorize: str = AUTHORIZE
    identity: str = IDENTITY

    def __post_init__(self) -> None:
        address_of(self.authorize), address_of(self.identity)

    def __repr__(self) -> str:
        """Without the secret: it may stand in a fault that is logged."""
        return f"Application({self.appid})"

    def address(self, *, back: str, state: str) -> str:
        """Where the payer's browser is sent; it comes to ``back`` with a code and the ``state``."""
        told = {
            "appid": self.appid,
            "redirect_uri": back,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        }
        return f"{self.authorize}/connect/oauth2/authorize?{urlencode(told)}#wechat_redirect"

    def openid(self, code: str) -> str:
        """Of who brought a code; a code counts once. Raises Unclear, NotTaken."""
        told = {"appid": self.appid, "secret": self.secret, "code": code, "grant_type": "authorization_code"}
        said = call(
            "GET", f"{self.identity}/sns/oauth2/access_token?{urlencode(told)}", headers={"User-Agent": "mutualaid"}
        )
        found = read_json(said.body)
        if found.get("errcode"):
            raise NotTaken(f"errcode {str(found['errcode'])[:10]}")
        openid = str(found.get("openid", ""))
        if said.status != 200 or not _OPENID.fullmatch(openid):
            raise Unclear("the answer names nobody")
        return openid
