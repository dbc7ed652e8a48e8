"""What programs say: their literals, dependencies and commands, and the configuration of brokers."""
