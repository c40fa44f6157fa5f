"""Where reports are kept: written in a hidden folder, put in place by a rename when everything is there."""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import BaseFileLock, FileLock, Timeout

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ASIDE = re.compile(r"\.old-(\d{4}-\d{2}-\d{2})-.*")
# Held by the process that writes into a staging folder; the system lets go of it however that process ends.
_HELD = ".held"


@dataclass(frozen=True)
class Shelf:
    """The reports of one workspace: a folder for every day, and an index of them."""

    folder: Path

    def day(self, as_of: date) -> Path:
        """Return the folder of a day's report."""
        return self.folder / as_of.isoformat()

    def failed(self, as_of: date) -> Path:
        """Return the folder in which a day's failed run is kept."""
        return self.folder / "failed" / as_of.isoformat()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs from changing what is on the shelf; held for moments only."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / ".lock"):
            yield

    @contextmanager
    def staging(self, as_of: date) -> Iterator["Staging"]:
        """Offer a hidden folder to write a report into; what is not published is removed.

        What earlier processes left behind when they were killed is put in order first.
        """
        with self.locked():
            _recover(self.folder)
            folder = self.folder / f".running-{as_of}-{os.getpid()}-{uuid4().hex[:6]}"
            folder.mkdir()
            staging = Staging(self, as_of, folder, FileLock(folder / _HELD, thread_local=False))
            staging.lock.acquire()
        try:
            yield staging
        finally:
            staging.lock.release()
            shutil.rmtree(staging.folder, ignore_errors=True)

    def runs(self) -> list[dict[str, Any]]:
        """Return what every run.json says, newest day first, with `link` to what is kept of the run.

        A failure is listed as long as no later run of the same day succeeded.
        """
        good = {
            path.parent.name: _read(path) for path in self.folder.glob("*/run.json") if _DAY.fullmatch(path.parent.name)
        }
        listed = [{**run, "link": f"{day}/index.html"} for day, run in good.items()]
        for path in self.folder.glob("failed/*/run.json"):
            run, day = _read(path), path.parent.name
            if run.get("finished_at", "") > good.get(day, {}).get("finished_at", ""):
                kept = next((other.name for other in path.parent.glob("*.ipynb")), path.name)
                listed.append({**run, "link": f"failed/{day}/{kept}"})
        return sorted(listed, key=lambda run: (run.get("as_of", ""), run.get("finished_at", "")), reverse=True)

    def write_index(self, html: str) -> None:
        """Replace the list of reports; a reader sees the old one or the new one."""
        _write(self.folder / "index.html", html)


@dataclass(frozen=True)
class Staging:
    """A report that is being written; the lock tells other processes that somebody is at work."""

    shelf: Shelf
    as_of: date
    folder: Path
    lock: BaseFileLock

    def publish(self) -> Path:
        """Put the report in its place; an older one of the same day goes only now. To be called with the shelf locked.

        Returns
        -------
        Path
            The report's folder.
        """
        place = self.shelf.day(self.as_of)
        aside = self.shelf.folder / f".old-{self.as_of}-{uuid4().hex[:6]}"
        self.lock.release()
        (self.folder / _HELD).unlink(missing_ok=True)
        try:
            if place.exists():
                place.rename(aside)
            self.folder.rename(place)
        except BaseException:
            _recover_day(aside, place)
            raise
        shutil.rmtree(aside, ignore_errors=True)
        return place

    def keep_failure(self, notebook: Path, run: Mapping[str, Any]) -> Path:
        """Keep the notebook that failed, instead of an earlier failure of the day. To be called with the shelf locked.

        Parameters
        ----------
        notebook : the file, in this staging folder; may be missing if the run stopped before it began.
        run : what run.json is to say.

        Returns
        -------
        Path
            Where the notebook is now.
        """
        folder = self.shelf.failed(self.as_of)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        if notebook.exists():
            notebook.replace(folder / notebook.name)
        write_json(folder / "run.json", run)
        return folder / notebook.name


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file that people can read too; a reader sees all of it or none.

    Parameters
    ----------
    path : the file.
    value : what it is to hold.
    """
    _write(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _recover(shelf: Path) -> None:
    for path in shelf.glob(".old-*"):
        found = _ASIDE.fullmatch(path.name)
        if found:
            # The process died between the two renames, or before it had removed the older report.
            _recover_day(path, shelf / found[1])
            shutil.rmtree(path, ignore_errors=True)
    for path in shelf.glob(".running-*"):
        if not _is_held(path):
            shutil.rmtree(path, ignore_errors=True)


def _recover_day(aside: Path, place: Path) -> None:
    if aside.exists() and not place.exists():
        aside.rename(place)


def _is_held(staging: Path) -> bool:
    try:
        with FileLock(staging / _HELD, timeout=0):
            return False
    except (Timeout, OSError):
        return True


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {"as_of": path.parent.name, "status": "unknown"}


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}-{uuid4().hex[:6]}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
