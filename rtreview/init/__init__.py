"""The first spec of a design: from answers, from an example, or from what runs."""
