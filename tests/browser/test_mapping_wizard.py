"""The mapping wizard in a real JupyterLab: by keyboard, with a real kernel behind it."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_notebook

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(find_spec(name) for name in ("jupyterlab", "anywidget")), reason="the extra `lab` is not installed"
    ),
]

PEOPLE = """Kundennummer;E-Mail-Adresse;Ort;Schuhgröße
7;ann@mail.example;Bilbao;39
8;<b>bob</b>@mail.example;Soria;44
9;carol@mail.example;Soria;41
;dan@mail.example;Avila;42
"""
WIZARD = ".sl-mapping"
SELECT = 'select[aria-label="Field for the column Schuhgröße in contacts"]'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a file, and a notebook that opens the wizard on it."""
    base = tmp_path_factory.mktemp("lab")
    (base / "shop" / "definitions").mkdir(parents=True)
    (base / "shop" / "raw").mkdir()
    (base / "shop" / "raw" / "people.csv").write_text(PEOPLE, encoding="utf-8")
    settings = yaml.safe_dump({"name": "Shop", "time_zone": "UTC"})
    (base / "shop" / "definitions" / "workspace.yml").write_text(settings, encoding="utf-8")
    (base / "shop" / "definitions" / "import.yml").write_text("# Ours.\nsources: []\n", encoding="utf-8")
    cell = new_code_cell(
        "import segment_lib as sl\nfrom segment_lib import show\n"
        'show.mapping_wizard("shop/raw/people.csv", workspace=sl.open_workspace("shop"))'
    )
    notebook = new_notebook(cells=[cell])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, base / "wizard.ipynb")
    return base


@pytest.fixture(scope="module")
def lab(folder: Path) -> Iterator[str]:
    """The address of the notebook in a JupyterLab of its own."""
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
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    own = {"HOME": str(folder / "home"), "JUPYTERLAB_SETTINGS_DIR": str(folder / "home" / "settings")}
    own |= {"JUPYTER_PREFER_ENV_PATH": "1", "JUPYTER_CONFIG_DIR": str(folder / "home" / "config")}
    root = str(Path(__file__).parents[2])
    # No pipe: nobody reads it, and a full one would stop the server.
    with (
        (folder / "lab.log").open("wb") as log,
        subprocess.Popen(
            command, cwd=folder, env=os.environ | own | {"PYTHONPATH": root}, stdout=log, stderr=log
        ) as server,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            for _ in range(300):
                assert server.poll() is None, (folder / "lab.log").read_text()
                try:
                    urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield f"{address}/lab/tree/wizard.ipynb?token={token}&reset"
        finally:
            server.terminate()
            server.wait(timeout=60)


def text_of(selector: str) -> str:
    """JavaScript for the text of what a selector finds."""
    return f"document.querySelector('{selector}')?.textContent"


def focused() -> str:
    """JavaScript for the name of what has the keyboard."""
    return "document.activeElement?.getAttribute('aria-label') || document.activeElement?.textContent"


def run_cell(tab: Any) -> None:
    """Run the notebook's cell; where its kernel is not there yet, JupyterLab asks for one, and it is run again."""
    tab.wait_for("document.querySelector('.jp-Notebook .jp-Cell .cm-content') && true")
    for _ in range(30):
        tab.evaluate("document.querySelector('.jp-Dialog .jp-mod-accept')?.click()")
        if tab.evaluate("document.querySelector('.jp-InputPrompt')?.textContent.trim()") == "[ ]:":
            tab.evaluate("document.querySelector('.jp-Notebook .cm-content').focus()")
            tab.press("Enter", modifiers=8)
        time.sleep(2)
        if tab.evaluate(f"document.querySelector('{WIZARD} tbody tr') !== null"):
            return
    raise AssertionError(tab.evaluate("document.body.innerText"))


def press_until(tab: Any, key: str, condition: str, *, most: int = 60) -> None:
    """Press a key until something is true."""
    for _ in range(most):
        if tab.evaluate(condition):
            return
        tab.press(key)
    raise AssertionError(f"{key} never led to {condition}, but to {tab.evaluate(focused())}")


def test_wizard_is_used_by_keyboard_in_a_real_jupyterlab(
    browser_tab: Callable[..., AbstractContextManager[Any]], lab: str, folder: Path, tmp_path: Path
) -> None:
    with browser_tab(lab, profile=tmp_path / "profile") as tab:
        tab.call("Page.enable")
        run_cell(tab)
        tab.screenshot(folder / "first.png")
        # What comes from the file is shown as text.
        assert tab.evaluate(f"document.querySelectorAll('{WIZARD} b').length") == 0
        assert "<b>bob</b>" in str(tab.evaluate(text_of(WIZARD)))
        recipe = tab.evaluate(text_of(f"{WIZARD} pre"))
        assert "occupation" not in recipe
        # Every control has a name.
        unnamed = "![...document.querySelectorAll('.sl-mapping select')].every((s) => s.getAttribute('aria-label'))"
        assert tab.evaluate(unnamed) is False

        tab.evaluate(f"document.querySelector('{WIZARD} select').focus()")
        press_until(tab, "Tab", f"document.activeElement?.matches('{SELECT}')")
        # Typing goes to the choice that begins so.
        for letter in "occup":
            tab.press(letter, text=letter)
        tab.wait_for(f"/occupation: Schuhgröße/.test({text_of(f'{WIZARD} pre')})")
        assert tab.evaluate(f"document.activeElement.matches('{SELECT}')")
        assert tab.evaluate(f"document.querySelector('{SELECT}').value") == "occupation"
        assert tab.wait_for(f"/Schuhgröße: occupation/.test({text_of(f'{WIZARD} [role=status]')})")

        press_until(tab, "Tab", "/Count the rows/.test(document.activeElement?.textContent)")
        tab.press("Space")
        said = tab.wait_for(
            f"/accepted/.test({text_of(f'{WIZARD} [role=status]')}) && {text_of(f'{WIZARD} [role=status]')}"
        )
        assert "3 of 4 rows would be accepted, 1 refused and 0 skipped" in said
        assert "`Kundennummer` is empty (1)" in said
        assert tab.evaluate(f"document.querySelector('{WIZARD} [role=status]').getAttribute('aria-live')") == "polite"
        tab.evaluate(f"document.querySelector('{WIZARD} .recipe').open = true")
        tab.screenshot(folder / "counted.png")
        assert not (folder / "shop" / "tables" / "contacts").exists()

        elsewhere = "performance.getEntriesByType('resource').map((e) => e.name).filter((n) => /^http/.test(n))"
        assert [one for one in tab.evaluate(elsewhere) if not one.startswith(lab.partition("/lab/")[0])] == []

        press_until(tab, "Tab", "/Write to/.test(document.activeElement?.textContent)")
        tab.press("Enter")
        tab.wait_for(f"/Written: .*import.yml/.test({text_of(f'{WIZARD} [role=status]')})")
    text = (folder / "shop" / "definitions" / "import.yml").read_text(encoding="utf-8")
    assert text.startswith("# Ours.\n")
    assert "occupation: Schuhgröße" in text
