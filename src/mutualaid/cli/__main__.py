"""``python -m mutualaid.cli``: the same command, for processes that start each other with the Python they run on."""

from mutualaid.cli.app import app

if __name__ == "__main__":
    app(prog_name="mutualaid")
