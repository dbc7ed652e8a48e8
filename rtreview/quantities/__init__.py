"""Units: durations, sizes, rates, counts and ratios, as they are written, computed and printed."""
