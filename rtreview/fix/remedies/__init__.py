"""Ways out as the references recommend and size them, a module per topic."""
