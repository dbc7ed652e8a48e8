"""What coding agents are served: tools, references and ways to work, over the Model Context Protocol."""
