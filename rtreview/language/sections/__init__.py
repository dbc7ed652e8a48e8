"""The sections of a spec, a file for each family: what a team may say, with description and example."""
