"""One review: a design, every rule, and what a report shows beside the findings."""
