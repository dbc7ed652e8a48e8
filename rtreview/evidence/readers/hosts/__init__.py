"""Hosts that run a program from a short file of their own."""
