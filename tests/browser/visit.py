"""Somebody's browser: goes about the pages, looks at each one, and keeps what is wrong with them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mutualaid.core.places import PROJECT

AXE = PROJECT / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = PROJECT / "build" / "screens"
SLOW = 60_000
"""Milliseconds that a page may take before a test gives up: machines of tests are busy."""
NARROW = (320, 390, 1024)
"""Beside its own width: two phones and a small desk, where tables have the least room beside the side bar."""
_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_AXE = "() => axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"
_GRAVE = {"serious", "critical"}


class Visit:
    """``page`` is Playwright's. ``wrong`` lists what no page may do: errors in the console (reports of the Content Security
    Policy are among them), requests to other machines, answers of 500 and more, scrolling to the side, faults that axe-core
    finds grave. ``more``: of the browser itself, as Playwright takes it. Screenshots lie under ``build/screens/<name>/``."""

    def __init__(self, browser: Any, address: str, *, name: str, width: int, height: int, **more: Any) -> None:
        self.address, self.name, self.size = address, name, {"width": width, "height": height}
        self.wrong: list[str] = []
        told = {"viewport": self.size, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", **more}
        self.context = browser.new_context(**told)
        self.context.add_init_script(path=str(AXE))
        self.context.set_default_timeout(SLOW)
        self.page = self._opened()
        self._shots = 0

    def _opened(self) -> Any:
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.wrong.append(f"{page.url}: {error}"))
        page.on("request", self._asked)
        page.on("response", self._answered)
        return page

    def open_tab(self) -> Any:
        """Another tab of the same browser is in front from now on; gives the one that was, to be made ``page`` again."""
        before, self.page = self.page, self._opened()
        return before

    def _heard(self, message: Any) -> None:
        # That a form was refused (409, 422) stands in the console, too, and is no error of a page.
        if message.type == "error" and "status of 4" not in message.text:
            self.wrong.append(f"{self.page.url}: {message.text}")

    def _asked(self, request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https") and address.hostname != "127.0.0.1":
            self.wrong.append(f"{self.page.url}: a request to {address.hostname}")

    def _answered(self, response: Any) -> None:
        if response.status >= 500:
            self.wrong.append(f"{response.url}: {response.status}")

    def go(self, path: str) -> None:
        """To an address of ours."""
        response = self.page.goto(self.address + path)
        assert response is not None
        assert response.status == 200, f"{path}: {response.status}"

    def look(self, what: str) -> None:
        """At the page as it is now: a picture, accessibility, nothing to the side at its own width nor at a phone's. Looking
        changes nothing: with ``caret="hide"``, its default, Playwright would leave ``style=""`` on each field, htmx would copy
        that to the field that takes its place, and our policy would rightly forbid it, as if the page had done it."""
        self._shots += 1
        folder = SCREENS / self.name
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{self._shots:02}-{what}.png", full_page=True, caret="initial")
        for fault in self.page.evaluate(_AXE)["violations"]:
            if fault["impact"] in _GRAVE:
                self.wrong += [f"{what}: {fault['id']}: {node['html'][:160]}" for node in fault["nodes"]]
        for width in {self.size["width"], *NARROW}:
            self.page.set_viewport_size({"width": width, "height": self.size["height"]})
            if (beyond := self.page.evaluate(_WIDE)) > 0:
                self.wrong.append(f"{what}: {beyond} px to the side at {width} px")
        self.page.set_viewport_size(self.size)

    def button(self, name: str | re.Pattern[str]) -> Any:
        """A button by its name."""
        return self.page.get_by_role("button", name=name).first

    def link(self, name: str | re.Pattern[str]) -> Any:
        """A link by its name."""
        return self.page.get_by_role("link", name=name).first

    def fill(self, **by_label: str) -> None:
        """Entries by their labels."""
        for label, text in by_label.items():
            self.page.get_by_label(label).first.fill(text)

    def heading(self, text: str | re.Pattern[str]) -> None:
        """Wait until the page of this heading is there."""
        self.page.get_by_role("heading", level=1, name=text).wait_for()

    def bring(self, label: str, path: Path) -> None:
        """Choose a file."""
        self.page.get_by_label(label).first.set_input_files(path)

    def taken_along(self, path: str) -> bytes:
        """What an address gives to this browser: a file that is saved."""
        response = self.context.request.get(self.address + path)
        assert response.status == 200, f"{path}: {response.status}"
        return bytes(response.body())

    def become(self, key: str) -> None:
        """Somebody of the demonstration, by one click on its first page."""
        self.go("/demo/")
        self.page.locator(f'form[action="/demo/sign-ins/{key}"] button').first.click()
        self.page.wait_for_load_state()

    def close(self) -> None:
        """Nothing may have gone wrong."""
        self.context.close()
        assert self.wrong == [], "\n".join(self.wrong)
