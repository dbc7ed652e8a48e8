"""Findings across time: the baseline of a project, and what a change of its designs brings."""
