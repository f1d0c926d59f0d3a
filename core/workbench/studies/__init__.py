"""Studies: the grid of strategies, components, sizes, levels and seeds that a paper's experiment consists of."""
