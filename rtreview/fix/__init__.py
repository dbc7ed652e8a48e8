"""Changes that clear findings: what a remedy proposes, tried out before it is believed."""
