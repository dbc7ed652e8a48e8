"""What the files of a deployment fix for a design: facts with their lines, and the way of a message."""
