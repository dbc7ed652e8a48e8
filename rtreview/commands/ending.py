"""How a call ends: its exit status, and a sentence where there is no report.

A reader that leaves early, as in `rtreview design.yaml | head`, ends nothing: see `output.write`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, NoReturn

import typer

from rtreview.commands.outputs import Outputs
from rtreview.render.format import PLAIN, REPORTS, Context
from rtreview.reviews.report import Report, Unusable
from rtreview.rulebook import rulebook
from rtreview.rulebook.finding import Finding, Severity, Verdict
from rtreview.text import output
from rtreview.text.harmless import harmless
from rtreview.text.refusal import Refused

FOUND, WRONG_USE, NOT_REVIEWED, INTERRUPTED = 1, 2, 3, 130
"""Exit statuses beside 0: findings; the command line is wrong; something could not be reviewed; Ctrl-C."""


# The package that typer carries, or click, by its version.
_parsing: Any = import_module(typer.BadParameter.__module__)


@contextmanager
def boundary(outputs: Outputs | None = None, context: Context = PLAIN) -> Iterator[None]:
    """Whatever ends a call before its report becomes a sentence on standard error and an exit status.

    Mistakes in files that the whole call rests on become the report, in the formats that are asked for, and
    in the short form if `context` says so. The top has a boundary around every command; a command whose
    formats are known has its own within.
    """
    try:
        yield
    except getattr(_parsing, "NoArgsIsHelpError", ()):
        raise
    except _parsing.UsageError as error:
        end(_misused(error), WRONG_USE)
    except Refused as refused:
        end(str(refused), WRONG_USE)
    except Unusable as unusable:
        _report(outputs or Outputs(), unusable, context)
        raise typer.Exit(NOT_REVIEWED) from None
    except ChildProcessError as error:
        end(f"{error}; no report was written", NOT_REVIEWED)
    except KeyboardInterrupt:
        written = ", ".join(dict.fromkeys(output.written))
        end(
            f"interrupted; {f'written before: {written}' if written else 'no report was written'}",
            INTERRUPTED,
        )
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is not None:
            end(f"`{error.filename}` cannot be used: {error.strerror}", NOT_REVIEWED)
        # Help is the one thing that typer prints by itself.
        end(str(output.lost(error)), WRONG_USE)


def _misused(error: Any) -> str:
    """What is wrong with the words of a call, and where its options stand."""
    message = " ".join(error.format_message().split()).rstrip(".")
    where = f": see `{error.ctx.command_path} --help`" if error.ctx is not None else ""
    return f"{message[:1].lower()}{message[1:]}{where}"


def _report(outputs: Outputs, unusable: Unusable, context: Context) -> None:
    # Not every format has reports: simulations are written as CSV too.
    files = {name: file for name, file in outputs.files.items() if name in REPORTS.formats}
    outputs._replace(files=files or Outputs().files).write(
        REPORTS, Report(unusable.reviews, rulebook.load()), context
    )


def end(message: str, status: int) -> NoReturn:
    """End the call with a sentence on standard error."""
    typer.echo(harmless(f"rtreview: {message}"), err=True)
    raise typer.Exit(status) from None


def say(*lines: str) -> None:
    """Print lines in which nothing acts that a file or a path brings along."""
    output.write("".join(f"{harmless(line)}\n" for line in lines))


def status(findings: Sequence[Finding], fail_on: str) -> int:
    """The exit status for findings; `fail_on` is the mildest severity that counts, or `never`."""
    if any(finding.verdict is Verdict.UNREVIEWED for finding in findings):
        return NOT_REVIEWED
    if fail_on == "never":
        return 0
    threshold = Severity(fail_on).rank
    return FOUND if any(finding.severity.rank <= threshold for finding in findings) else 0
