"""`python -m rtreview`, and the command `rtreview`."""

import gc
import os
import sys


def main() -> None:
    """Run the command line, and end the process."""
    try:
        run()
    except SystemExit as end:
        if end.code is not None and not isinstance(end.code, int):
            raise
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        # The system takes back at once what Python would take apart piece by piece: a twentieth of a call.
        os._exit(end.code or 0)


def run() -> None:
    """Run the command line; raises `SystemExit` with the status of the call."""
    # What a review makes lives until it is told: to look for garbage in it takes a tenth of a call.
    gc.set_threshold(100_000)
    try:
        from rtreview.commands import app  # noqa: PLC0415 - an interrupt while it loads is one too

        app(prog_name="rtreview")
    except KeyboardInterrupt:
        sys.stderr.write("rtreview: interrupted; no report was written\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
