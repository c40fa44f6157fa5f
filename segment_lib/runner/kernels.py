"""Kernels of a run: always this Python, started ahead, and none outlives the run.

Starting Python, IPython and the libraries takes longer than most notebooks' own work. A kernel is therefore started
while the notebook before it runs, and imports what its notebook imports; the notebook finds the modules loaded.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.utils import run_sync  # type: ignore[attr-defined]  # of jupyter_core, for its users

KERNEL = "python3"


class Kernel(AsyncKernelManager):
    """A kernel that knows who talks to it, so that it can close what they opened."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.clients: list[Any] = []

    def client(self, **options: Any) -> Any:
        """Return a client; nbclient closes only those of kernels that it started itself."""
        self.clients.append(super().client(**options))
        return self.clients[-1]


class Kernels:
    """The kernels that a run has started and not ended yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: list[Kernel] = []

    def start(self, modules: Sequence[str] = ()) -> Kernel:
        """Start a kernel without waiting for it.

        Parameters
        ----------
        modules : what it imports on its own; what cannot be imported is left to the notebook to tell.

        Returns
        -------
        Kernel
        """
        # No folders to look in: the kernel is the one of the Python that runs this, whatever kernels a user has
        # registered under the same name.
        kernel = Kernel(kernel_name=KERNEL, kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
        if kernel.has_trait("transport_encryption"):
            # Otherwise ipykernel 7 warns, in the notebook, that it listens unencrypted.
            kernel.transport_encryption = "auto"
        # Before it is started, or a signal between the two would leave it running.
        self._running.append(kernel)
        arguments = ["--HistoryManager.hist_file=:memory:"]
        if modules:
            arguments.append(f"--IPKernelApp.exec_lines={_import_line(modules)}")
        run_sync(kernel.start_kernel)(extra_arguments=arguments, cwd=str(self.folder))
        return kernel

    def end(self, kernel: Kernel) -> None:
        """End a kernel and everything that it has started.

        Parameters
        ----------
        kernel : as returned by `start`.
        """
        with suppress(RuntimeError):  # it never came to life, or is dead
            run_sync(kernel.shutdown_kernel)(now=True)
        for client in kernel.clients:
            client.stop_channels()
        run_sync(kernel.cleanup_resources)()
        self._running.remove(kernel)

    def end_all(self) -> None:
        """End every kernel that is still there."""
        for kernel in list(self._running):
            self.end(kernel)


@contextmanager
def open_kernels(folder: Path) -> Iterator[Kernels]:
    """Start kernels in a folder, and end those that are left.

    Parameters
    ----------
    folder : the kernels' working directory: the notebooks' own, as in JupyterLab.

    Yields
    ------
    Kernels
    """
    kernels = Kernels(folder)
    try:
        yield kernels
    finally:
        kernels.end_all()


def cancel_tasks() -> None:
    """Drop what an interrupted notebook was waiting for; it would go on with the next call and complain."""
    run_sync(_cancel_others)()


async def _cancel_others() -> None:
    waiting = asyncio.all_tasks() - {asyncio.current_task()}
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


def _import_line(modules: Sequence[str]) -> str:
    """Return one line of Python that imports modules and leaves no name behind.

    A name left behind would let a notebook run here that lacks an import and fails in JupyterLab.
    """
    statements = "".join(f"\ntry:\n import {module}\nexcept BaseException: pass" for module in modules)
    return f"exec({statements.lstrip()!r}, {{}})"
