"""A JupyterLab of a test's own, with one notebook of one cell, and the keys that a person presses in it."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook


@contextmanager
def open_lab(folder: Path, source: str) -> Iterator[str]:
    """Start a JupyterLab on a folder with a notebook of one cell, and offer the notebook's address."""
    _write_notebook(folder / "notebook.ipynb", source)
    token = secrets.token_hex(16)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"),
        *("--ServerApp.port_retries=0", f"--IdentityProvider.token={token}", "--LabApp.news_url=None"),
        *("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", f"--ServerApp.root_dir={folder}"),
    ]
    settings = folder / "home" / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    own = {"HOME": str(folder / "home"), "JUPYTERLAB_SETTINGS_DIR": str(folder / "home" / "settings")}
    own |= {"JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_CONFIG_DIR": str(folder / "home" / "config")}
    own |= {"PYTHONPATH": str(Path(__file__).parents[2])}
    # No pipe: nobody reads it, and a full one would stop the server.
    with (folder / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=os.environ | own, stdout=log, stderr=log)
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(600):
                assert server.poll() is None, (folder / "lab.log").read_text()
                try:
                    urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield f"{address}/lab/tree/notebook.ipynb?token={token}&reset"
        finally:
            server.terminate()
            server.wait(timeout=60)


def run_cell(tab: Any, appeared: str) -> None:
    """Run the notebook's cell until JavaScript says that its output appeared; JupyterLab may ask for a kernel first."""
    tab.wait_for("document.querySelector('.jp-Notebook .jp-Cell .cm-content') && true")
    for _ in range(60):
        tab.evaluate("document.querySelector('.jp-Dialog .jp-mod-accept')?.click()")
        if tab.evaluate("document.querySelector('.jp-InputPrompt')?.textContent.trim()") == "[ ]:":
            tab.evaluate("document.querySelector('.jp-Notebook .cm-content').focus()")
            tab.press("Enter", modifiers=8)
        time.sleep(2)
        if tab.evaluate(appeared):
            return
    raise AssertionError(tab.evaluate("document.body.innerText"))


def type_text(tab: Any, text: str) -> None:
    """Type a text where the keyboard is."""
    for letter in text:
        tab.press("Enter" if letter == "\n" else letter, text="" if letter == "\n" else letter)


def press_until(tab: Any, key: str, condition: str, *, most: int = 80, modifiers: int = 0) -> None:
    """Press a key until JavaScript says that something is true."""
    for _ in range(most):
        if tab.evaluate(condition):
            return
        tab.press(key, modifiers=modifiers)
    focused = "document.activeElement?.outerHTML.slice(0, 300)"
    raise AssertionError(f"{key} never led to {condition}, but to {tab.evaluate(focused)}")


def _write_notebook(path: Path, source: str) -> None:
    notebook = new_notebook(cells=[new_code_cell(source)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, path)
