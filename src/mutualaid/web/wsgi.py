"""For the server: ``granian --interface wsgi mutualaid.web.wsgi:application``."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mutualaid.core.settings")
application = get_wsgi_application()
