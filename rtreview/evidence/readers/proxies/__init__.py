"""What stands before a program and passes its messages on: each proxy by its own configuration."""
