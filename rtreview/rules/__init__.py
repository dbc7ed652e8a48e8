"""The rules, a module per topic. A rule reads the design and yields outcomes; all else is stamped on."""
