"""Values that never change: durations, sizes, rates, counts and ratios, written, computed and printed."""
