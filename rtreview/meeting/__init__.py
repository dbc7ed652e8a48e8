"""An architecture review meeting: what is to be decided, who decided it, and the minutes."""
