"""Sessions in the database, as Django keeps them; the statement that finds one, which each request asks, is written once."""

from __future__ import annotations

import datetime

from django.contrib.sessions.backends.db import SessionStore as InDatabase
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from mutualaid.core.written import written


@written
def _sessions(*, key: str, at: datetime.datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=at)


class SessionStore(InDatabase):
    """A session."""

    def _get_session_from_db(self) -> Session | None:
        """The row that has not expired. A key that is none begins anew, as with Django."""
        found = _sessions(key=self.session_key or "", at=timezone.now())
        if not found:
            self._session_key = None
        return next(iter(found), None)
