"""Features that are computed once per corpus and component: tokens, embeddings, projections, clusters, tags."""
