"""What the tests of contributions share: the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.once import SHARED, begins_with

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contributions.channel import Simulator
    from tests.contributions.rivals import Rival, Scene
    from tests.contributions.scene import World


@pytest.fixture(autouse=True)
def _own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUTUALAID_DATA", str(tmp_path))


MADE = ("tests.contributions.scene", "made")


@pytest.fixture
@begins_with(*MADE)
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """The scene, in the test's own transaction."""
    # Imported here: this file is read before the settings are named.
    from tests.contributions import scene

    return scene.world(monkeypatch, SHARED.copy(*MADE))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The simulator, running for the tests of a module."""
    from tests.contributions.channel import Simulator

    found = Simulator.start(tmp_path_factory.mktemp("channel"))
    yield found
    found.stop()


@pytest.fixture
def channel(running: Simulator, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """The simulator behaving well, known to the product as ``neutral``."""
    running.misbehave()
    running.send_held()
    running.waiting()
    monkeypatch.setenv("MUTUALAID_CHANNELS", running.channels)
    return running


@pytest.fixture(scope="module", params=["wechat", "alipay", "unionpay"])
def running_rival(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rival]:
    """The simulator of a real channel, running for the tests of a module; each in turn."""
    from tests.contributions.rivals import Rival

    found = Rival.start(request.param, tmp_path_factory.mktemp(request.param))
    yield found
    found.stop()


@pytest.fixture
def scene(world: World, running_rival: Rival, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """The simulator behaving well, known to the product by its kind, for the city's fund."""
    from tests.contributions.rivals import Scene

    monkeypatch.setenv("MUTUALAID_CHANNELS", running_rival.begin(world.cast.city.code))
    return Scene(world, running_rival)
