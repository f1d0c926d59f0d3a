"""The instant embedder: a vector for each token, distilled once, and their weighted mean for each text."""
