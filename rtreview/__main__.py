"""`python -m rtreview`, and the command `rtreview`."""

from rtreview.cli import app


def main() -> None:
    """Run the command line."""
    app(prog_name="rtreview")


if __name__ == "__main__":
    main()
