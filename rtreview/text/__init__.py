"""Texts and their places: YAML, Markdown and TOML with spans, and the files and revisions that hold them."""
