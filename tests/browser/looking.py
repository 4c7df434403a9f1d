"""What every page must pass when a person lands on it: axe, no sideways scroll at 320 px, nothing refused by the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parents[1] / ".vendor" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, PHONE, NARROWEST = (1280, 900), (390, 844), (320, 800)
DRAWN = """() => new Promise(said => {
    const late = setTimeout(() => said(false), 5000);
    requestAnimationFrame(() => requestAnimationFrame(() => { clearTimeout(late); said(true); }));
})"""


class Onlooker:
    """Stands beside a page and keeps what the browser complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def look(self) -> None:
        """At desktop, phone and the narrowest width: no violation, nothing wider than the window, no complaint."""
        where = self.page.url
        for width, height in (WIDE, PHONE, NARROWEST):
            self.page.set_viewport_size({"width": width, "height": height})
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{where} is {wide} px wide in a window of {width}: {self._too_wide(width)}"
            if width != PHONE[0]:
                found = self._axe()
                assert not found, f"{where} at {width} px:\n" + "\n".join(found)
        self._widen()
        assert not self.complaints, f"{where}: {self.complaints}"

    def _widen(self) -> None:
        """Back to the desktop, and drawn. A window that has just changed size may be left without another frame by Chromium
        until it changes once more (seen once in some hundred stories): whoever clicks next would wait for that frame in vain.
        """
        for height in (WIDE[1], WIDE[1] + 1, WIDE[1]):
            self.page.set_viewport_size({"width": WIDE[0], "height": height})
            if self.page.evaluate(DRAWN) and height == WIDE[1]:
                return
        raise AssertionError(f"Chromium drew nothing of {self.page.url} in 15 seconds")

    def _axe(self) -> list[str]:
        if not self.page.evaluate("'axe' in window"):  # half a megabyte, once a page
            self.page.evaluate(AXE)
        result: dict[str, Any] = self.page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
        return [f"{v['id']}: {v['help']} at {v['nodes'][0]['target']}" for v in result["violations"]]

    def _too_wide(self, width: int) -> list[str]:
        script = "w => [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > w + 1).slice(0, 5)"
        return self.page.evaluate(f"w => ({script})(w).map(e => e.outerHTML.slice(0, 120))", width)
