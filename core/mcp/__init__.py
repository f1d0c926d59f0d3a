"""The server that lets an assistant use the workbench by the Model Context Protocol."""
