"""What is computed once per corpus and component: tokens, embeddings, projections, clusters, tags."""
