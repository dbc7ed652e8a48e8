"""The command line: a module for each command, which is loaded when the command is called."""

from rtreview.commands.top import app

__all__ = ["app"]
