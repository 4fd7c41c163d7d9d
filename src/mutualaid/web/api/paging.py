"""Lists in parts: by the number of the last thing of the part before, so that what comes in meanwhile moves nothing."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, QuerySet
from ninja import Schema
from pydantic import BaseModel, Field

from mutualaid.web.api.tokens import Call

LIMIT, LIMIT_MOST = 50, 200
Number = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="编号 · a number as the answers give it")]
Row = TypeVar("Row", bound=Model)


class Paging(Schema):
    """Parts of every list."""

    limit: int = Field(LIMIT, ge=1, le=LIMIT_MOST, description="每页条数 · how many")
    after: Number | None = Field(None, description="上一页的 next · the next of the part before")


def part_of(rows: QuerySet[Row], paging: Paging) -> tuple[list[Row], str | None]:
    """The rows after the last one, in the order of their numbers; and what the next part begins after."""
    ordered = rows.order_by("number")
    if paging.after is not None:
        ordered = ordered.filter(number__gt=paging.after)
    found = list(ordered[: paging.limit + 1])
    more = len(found) > paging.limit
    found = found[: paging.limit]
    last: Any = found[-1] if more else None
    return found, last.number if more else None


def link_of(call: Call, filters: BaseModel, after: str | None) -> dict[str, str]:
    """The header ``Link`` (RFC 8288) to the next part."""
    if after is None:
        return {}
    told = {name: value for name, value in call.GET.items() if name in type(filters).model_fields}
    return {"Link": f'<{call.path}?{urlencode(told | {"after": after})}>; rel="next"'}
