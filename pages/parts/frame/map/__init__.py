"""The map of a corpus: what the browser draws it with, what it is sent, and what it sends back."""
