"""From symptoms to sharp edges."""
