"""What an editor shows while a design is written, over the Language Server Protocol."""
