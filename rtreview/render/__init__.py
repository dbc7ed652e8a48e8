"""Reviews as text, a module per format. A renderer only prints: it decides nothing."""
