"""Containers: what is built into an image, and what Compose runs of them."""
