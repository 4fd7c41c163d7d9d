"""The command line, a portal like those in web/: it translates arguments and files, and holds no business rule."""

from mutualaid.cli.app import app

__all__ = ["app"]
