"""`python -m rtreview`, and the command `rtreview`."""

import gc
import sys


def main() -> None:
    """Run the command line."""
    # What a review makes lives until it is told: to look for garbage in it, the last time at the exit, takes
    # a tenth of a call.
    gc.set_threshold(100_000)
    try:
        from rtreview.commands import app  # noqa: PLC0415 - an interrupt while it loads is one too

        app(prog_name="rtreview")
    except KeyboardInterrupt:
        sys.stderr.write("rtreview: interrupted; no report was written\n")
        sys.exit(130)
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
