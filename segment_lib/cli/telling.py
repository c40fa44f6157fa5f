"""How commands tell what happened: faults of the input in one message, exit codes, and what to do next."""

import shlex
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from segment_lib.errors import RowsLost, RunFailed, SegmentLibError

# What a shell script or a scheduler can tell apart.
FAILED = 1
INPUT_AT_FAULT = 2

Command = TypeVar("Command", bound=Callable[..., Any])


def telling(command: Command) -> Command:
    """Tell an error of the input or of the system in one message, without a traceback; everything else keeps its own.

    Parameters
    ----------
    command : the function of a command.

    Returns
    -------
    Command
        It exits with 2 where the input is at fault, and with 1 where a run failed otherwise or the system refused to
        read or write.
    """

    @wraps(command)
    def _told(*args: Any, **kwargs: Any) -> Any:
        # Slow to import, and not needed to show the help.
        from duckdb import IOException

        try:
            return command(*args, **kwargs)
        except SegmentLibError as error:
            click.echo(f"segment-lib: {error}", err=True)
            sys.exit(INPUT_AT_FAULT if _is_of_input(error) else FAILED)
        except BrokenPipeError:
            raise  # whoever was reading has seen enough
        except (OSError, IOException) as error:
            click.echo(f"segment-lib: {_describe(error)}", err=True)
            sys.exit(FAILED)

    return _told  # type: ignore[return-value]


def _is_of_input(error: SegmentLibError) -> bool:
    if isinstance(error, RunFailed):
        return isinstance(error.__cause__, SegmentLibError)
    return not isinstance(error, RowsLost)


def _describe(error: Exception) -> str:
    """Return what the system refused as one line: a folder that may not be written to, a disk that is full."""
    if isinstance(error, OSError) and error.strerror:
        return f"can't read or write{f' {error.filename}' if error.filename else ''}: {error.strerror}."
    first = str(error).strip().split("\n", 1)[0].removeprefix("IO Error: ").rstrip(".")
    return f"can't read or write: {first or type(error).__name__}."


def warn(message: str) -> None:
    """Tell what deserves a look although the command went on.

    Parameters
    ----------
    message : one sentence or more.
    """
    click.echo(f"segment-lib: {message}", err=True)


def say_next(*words: str, why: str = "") -> None:
    """Tell the command that comes next, as it is to be typed.

    Parameters
    ----------
    *words : of the command, without `segment-lib`; those with blanks are quoted.
    why : what it would do.

    Examples
    --------
    >>> say_next("mend", "data/my shop", "refused.csv", why="brings the mended rows in")
    Next: segment-lib mend 'data/my shop' refused.csv   (brings the mended rows in)
    """
    typed = " ".join(["segment-lib", *map(shlex.quote, words)])
    click.echo(f"Next: {typed}{f'   ({why})' if why else ''}")
