"""Django's settings. What differs from one installation to the next comes from the environment.

Without ``DATABASE_URL`` the product brings its own PostgreSQL (``core.cluster``), in a data folder of its own.
"""

from __future__ import annotations

import os

from mutualaid.core.places import PROJECT, ROLE, database, database_url

DEMO = os.environ.get("MUTUALAID_DEMO") == "1"
"""The demonstration: invented people, one-click sign-in. Nothing else makes those possible."""
DEBUG = False
SECRET_KEY = os.environ.get("MUTUALAID_SECRET_KEY", "")
"""Commands that need one and find none make it (``places.secret_key``); Django refuses to work with an empty one."""
ALLOWED_HOSTS = os.environ.get("MUTUALAID_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "procrastinate.contrib.django",
    "mutualaid.core",
    "mutualaid.people",
    "mutualaid.ledger",
    "mutualaid.notices",
    "mutualaid.plans",
    "mutualaid.enrolment",
    "mutualaid.contributions",
    "mutualaid.web.common",
    "mutualaid.web.members",
    "mutualaid.web.employers",
    "mutualaid.web.workbench",
    "mutualaid.web.api",
    "mutualaid.web",
    *(["mutualaid.web.demo"] if DEMO else []),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "mutualaid.web.urls"
WSGI_APPLICATION = "mutualaid.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "mutualaid.web.common.context.shell",
            ],
            "builtins": [f"mutualaid.web.common.templatetags.{library}" for library in ("look", "shown")],
        },
    }
]
FORM_RENDERER = "mutualaid.web.common.rendering.Look"
CSRF_FAILURE_VIEW = "mutualaid.web.common.faults.csrf_failure"
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
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STATIC_ROOT = PROJECT / "build" / "static"
STATICFILES_DIRS = [
    ("weui", PROJECT / "node_modules" / "weui" / "dist" / "style"),
    ("tabler", PROJECT / "node_modules" / "@tabler" / "core" / "dist"),
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
TIME_ZONE = os.environ.get("MUTUALAID_TIME_ZONE", "Asia/Shanghai")
USE_I18N = True
USE_TZ = True
