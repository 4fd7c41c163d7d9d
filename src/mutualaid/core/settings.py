"""Django's settings. What differs from one installation to the next comes from the environment.

Without ``DATABASE_URL`` the product brings its own PostgreSQL (``core.cluster``), in a data folder of its own.
"""

from __future__ import annotations

import os

from mutualaid.core.places import PROJECT, ROLE, data_folder, database, database_url

DEMO = os.environ.get("MUTUALAID_DEMO") == "1"
"""The demonstration: invented people, one-click sign-in. Nothing else makes those possible."""
DEBUG = False
SECRET_KEY = os.environ.get("MUTUALAID_SECRET_KEY", "")
"""Commands that need one and find none make it (``places.secret_key``); Django refuses to work with an empty one."""
ALLOWED_HOSTS = os.environ.get("MUTUALAID_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
COLLECTED = os.environ.get("MUTUALAID_COLLECTED") == "1"
"""Whether `mutualaid serve` has collected the static files: they then carry a hash in their names and are kept for a year."""

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "ninja",
    "procrastinate.contrib.django",
    "mutualaid.core",
    "mutualaid.people",
    "mutualaid.ledger",
    "mutualaid.notices",
    "mutualaid.proofs",
    "mutualaid.plans",
    "mutualaid.enrolment",
    "mutualaid.contributions",
    "mutualaid.payouts",
    "mutualaid.claims",
    "mutualaid.datacentre",
    "mutualaid.takeover",
    "mutualaid.web.common",
    "mutualaid.web.members",
    "mutualaid.web.employers",
    "mutualaid.web.workbench",
    "mutualaid.web.api",
    "mutualaid.web",
    *(["mutualaid.web.demo"] if DEMO else []),
]
MIDDLEWARE = [
    "mutualaid.web.common.middleware.Headers",  # outermost: files and faults have them too
    "django.middleware.security.SecurityMiddleware",
    # Serves what `collectstatic` gathered; there is nothing to serve before.
    *(["whitenoise.middleware.WhiteNoiseMiddleware"] if COLLECTED else []),
    "django.contrib.sessions.middleware.SessionMiddleware",
    "mutualaid.web.common.middleware.Language",
    "mutualaid.web.common.middleware.Bodies",  # before anything reads a form
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mutualaid.web.common.middleware.Standings",  # innermost: it runs the views
]
ROOT_URLCONF = "mutualaid.web.urls"
WSGI_APPLICATION = "mutualaid.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "mutualaid.web.common.templating.Templates",
        "NAME": "django",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "mutualaid.web.common.context.shell",
            ],
            "builtins": [f"mutualaid.web.common.templatetags.{library}" for library in ("look", "shown", "quick")],
        },
    }
]
SILENCED_SYSTEM_CHECKS = ["templates.W003"]  # ``quick`` replaces tags of Django's i18n and static on purpose
FORM_RENDERER = "mutualaid.web.common.rendering.Look"

HTTPS = os.environ.get("MUTUALAID_HTTPS", "0" if DEMO else "1") == "1"
"""Whether browsers come by HTTPS: cookies then travel by nothing else. Switched off for http on one's own machine."""
BEHIND_PROXY = os.environ.get("MUTUALAID_BEHIND_PROXY") == "1"
"""Whether a proxy of ours ends HTTPS and sets ``X-Forwarded-Proto`` itself, whatever the browser sent."""
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "mutualaid.web.common.session_store"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
CSRF_FAILURE_VIEW = "mutualaid.web.common.faults.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
SITE_ADDRESS = os.environ.get("MUTUALAID_ADDRESS", "").strip().rstrip("/")
"""How the site is reached from outside, such as ``https://aid.example.org``: it stands in the QR of papers. Empty: unknown."""
STATEMENT_TIMEOUT_MS = int(os.environ.get("MUTUALAID_STATEMENT_TIMEOUT_MS", "10000"))
"""How long one statement of a page may take; longer work is the worker's."""
KIN_MONTHS = int(os.environ.get("MUTUALAID_KIN_MONTHS", "12"))
"""For how many months next of kin may begin claims for a member once an office has accepted their proof."""
AUTH_USER_MODEL = "people.Account"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
_CHECKS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_CHECKS}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_CHECKS}.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("name",)}},
    {"NAME": f"{_CHECKS}.CommonPasswordValidator"},
    {"NAME": f"{_CHECKS}.NumericPasswordValidator"},
]

AS_OWNER = os.environ.get("MUTUALAID_AS_OWNER") == "1"
"""Whether to work as the owner of the tables, as migrations do."""
DATABASES = {"default": database(database_url(), role=None if AS_OWNER else ROLE)}
if COLLECTED:
    # Each thread of the server keeps its connection: to open one takes longer than most pages.
    DATABASES["default"]["CONN_MAX_AGE"] = 600
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STATIC_ROOT = data_folder() / "static"
_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"
_HASHED = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _HASHED if COLLECTED else _STATIC},
}
STATICFILES_DIRS = [
    ("weui", PROJECT / "node_modules" / "weui" / "dist" / "style"),
    ("tabler", PROJECT / "node_modules" / "@tabler" / "core" / "dist"),
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
TIME_ZONE = os.environ.get("MUTUALAID_TIME_ZONE", "Asia/Shanghai")
USE_I18N = True
USE_TZ = True

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
"""Each application's entry points for the worker and its timers."""
