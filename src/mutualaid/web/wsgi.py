"""For the server: ``granian --interface wsgi mutualaid.web.wsgi:application``."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mutualaid.core.settings")
application = get_wsgi_application()

# What the process began with stays: the collector need not look through it again for each few pages.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
