"""What the tests of the road share: files of their own, and the running simulator of the channel."""

from tests.contributions.conftest import _own_files, channel, running

__all__ = ["_own_files", "channel", "running"]
