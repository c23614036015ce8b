"""A headless Chromium, driven by chromedriver's WebDriver over the loopback: what a reader does with a page."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
MISSING = "" if CHROMIUM and DRIVER else "there is no Chromium with chromedriver: no page was opened"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
KEYS = {
    "left": "\ue012",
    "right": "\ue014",
    "up": "\ue013",
    "home": "\ue011",
    "end": "\ue010",
    "tab": "\ue004",
    "page up": "\ue00e",
}
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--no-first-run",
)
_SECONDS = 60


class Browser:
    """One window."""

    def __init__(self, base: str, arguments: Sequence[str] = ()) -> None:
        self._opener = build_opener(ProxyHandler({}))
        self._base = base
        options = {"binary": CHROMIUM, "args": [*_ARGUMENTS, *arguments]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        found = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._base = f"{base}/session/{found['sessionId']}"

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return json.load(answer)["value"]
        except HTTPError as error:
            raise RuntimeError(error.read().decode()[:500]) from None

    def open(self, path: Path) -> None:
        """Opens a file from the disk, and waits until it is loaded."""
        self._ask("POST", "/url", {"url": path.resolve().as_uri()})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a function body returns."""
        return self._ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def later(self, script: str, *arguments: Any) -> Any:
        """What a function body gives to its last argument, a function."""
        return self._ask("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def text(self, id: str) -> str:
        """The text of an element."""
        return str(self.run("return document.getElementById(arguments[0]).textContent", id))

    def press(self, id: str, *keys: str) -> None:
        """Types keys into an element."""
        found = self._ask("POST", "/element", {"using": "css selector", "value": "#" + id})
        typed = "".join(KEYS[key] for key in keys)
        self._ask("POST", f"/element/{found[ELEMENT]}/value", {"text": typed})

    def click(self, id: str) -> None:
        """Clicks on an element."""
        found = self._ask("POST", "/element", {"using": "css selector", "value": "#" + id})
        self._ask("POST", f"/element/{found[ELEMENT]}/click", {})

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Drags the pointer from a place of the window to another."""
        moves = [{"type": "pointerMove", "duration": 0, "x": round(start[0]), "y": round(start[1])}]
        moves += [{"type": "pointerDown", "button": 0}]
        moves += [{"type": "pointerMove", "duration": 60, "x": round(end[0]), "y": round(end[1])}]
        moves += [{"type": "pointerUp", "button": 0}]
        pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": moves}
        self._ask("POST", "/actions", {"actions": [pointer]})

    def emulate(self, command: str, **parameters: Any) -> None:
        """Sends a command of the DevTools protocol."""
        self._ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def size(self, width: int, height: int) -> None:
        """The size of the page's window."""
        self.emulate(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
        )

    def prefers(self, **features: str) -> None:
        """What the reader prefers: color_scheme="dark"."""
        listed = [{"name": "prefers-" + name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.emulate("Emulation.setEmulatedMedia", features=listed)

    def complaints(self) -> list[str]:
        """What the console has said since it was last asked."""
        return [entry["message"] for entry in self._ask("POST", "/se/log", {"type": "browser"})]

    def picture(self, path: Path) -> None:
        """Writes a picture of the whole page."""
        high = self.run("return Math.ceil(document.documentElement.getBoundingClientRect().height)")
        wide = self.run("return innerWidth")
        self.size(wide, high)
        path.write_bytes(base64.b64decode(self._ask("GET", "/screenshot")))

    def close(self) -> None:
        """Ends the session."""
        self._ask("DELETE", "")


@contextmanager
def browser(*arguments: str) -> Iterator[Browser]:
    """A browser with a profile of its own, which is gone afterwards."""
    assert DRIVER
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        driver = subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert driver.stdout is not None
            port = next(
                line.rstrip(".\n ").rpartition(" ")[2]
                for line in driver.stdout
                if "started successfully on port" in line
            )
            window = Browser(f"http://127.0.0.1:{port}", [f"--user-data-dir={profile}", *arguments])
            try:
                yield window
            finally:
                window.close()
        finally:
            driver.terminate()
            driver.communicate(timeout=_SECONDS)
