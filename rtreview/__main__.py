"""`python -m rtreview`, and the command `rtreview`."""

import sys


def main() -> None:
    """Run the command line."""
    try:
        from rtreview.commands import app  # noqa: PLC0415 - an interrupt while it loads is one too

        app(prog_name="rtreview")
    except KeyboardInterrupt:
        sys.stderr.write("rtreview: interrupted; no report was written\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
