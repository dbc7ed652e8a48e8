"""One call on a project: its configuration, its files, and their reviews in one or several processes."""
