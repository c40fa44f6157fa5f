"""A real Chromium without a screen, driven over its devtools protocol."""

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
KEYS = {"Tab": 9, "Enter": 13, "Space": 32, "ArrowDown": 40, "End": 35, "Home": 36}


def find_chromium() -> str | None:
    """The browser on this machine, if there is one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Tab:
    """One page: commands go out, and answers are waited for."""

    def __init__(self, address: str) -> None:
        import websocket

        self.socket = websocket.create_connection(address, timeout=60, suppress_origin=True)
        self.numbers = count(1)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == number:
                assert "error" not in message, message["error"]
                return dict(message["result"])

    def evaluate(self, expression: str) -> Any:
        """The value of a piece of JavaScript."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, expression: str, *, seconds: float = 90) -> Any:
        """The value of a piece of JavaScript as soon as it is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if value := self.evaluate(expression):
                return value
            time.sleep(0.2)
        raise AssertionError(f"it never came true: {expression}\n{self.evaluate('document.body.innerText')[:3000]}")

    def press(self, key: str, *, text: str = "", modifiers: int = 0) -> None:
        """Press a key as a person does; 8 is Shift."""
        name = " " if key == "Space" else text or key
        common = {"key": name, "code": key, "windowsVirtualKeyCode": KEYS.get(key, 0), "modifiers": modifiers}
        sent = {"Enter": "\r", "Space": " "}.get(key, text)
        self.call("Input.dispatchKeyEvent", type="keyDown" if sent else "rawKeyDown", text=sent, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


@contextmanager
def open_tab(address: str, *, profile: Path, width: int = 1400, height: int = 1500) -> Iterator[Tab]:
    """A page of a browser that ends with it."""
    import websocket

    command = [
        str(find_chromium()),
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0"),
        *(f"--user-data-dir={profile}", f"--window-size={width},{height}", "about:blank"),
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as browser:
        try:
            port = _port(profile / "DevToolsActivePort", browser)
            with_pages = websocket.create_connection(port, timeout=60, suppress_origin=True)
            with_pages.send(json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": address}}))
            answer = json.loads(with_pages.recv())
            page = re.sub(r"/browser/.*", f"/page/{answer['result']['targetId']}", port)
            tab = Tab(page)
            try:
                yield tab
            finally:
                tab.socket.close()
                with_pages.close()
        finally:
            browser.terminate()
            browser.wait(timeout=30)


def _port(file: Path, browser: "subprocess.Popen[bytes]") -> str:
    for _ in range(300):
        if file.exists() and len(lines := file.read_text().splitlines()) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        assert browser.poll() is None, "the browser ended at once"
        time.sleep(0.1)
    raise AssertionError("the browser did not open its port")


@pytest.fixture(scope="session")
def browser_tab() -> Callable[..., AbstractContextManager[Tab]]:
    """A function that opens a page in a real browser; without one the test is skipped."""
    if find_chromium() is None:
        pytest.skip("there is no Chromium on this machine")
    pytest.importorskip("websocket", reason="websocket-client, which JupyterLab brings, is not installed")
    return open_tab
