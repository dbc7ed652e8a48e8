"""Texts and their places: YAML, Markdown and TOML with spans, edits by insertion, files and revisions."""
