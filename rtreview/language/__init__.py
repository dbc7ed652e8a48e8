"""The language of a spec: its fields and words, the typed design, and the platforms that fill its silence."""
