"""SelectIT: the quality of rows by how a language model itself rates them, and how sure it is."""
