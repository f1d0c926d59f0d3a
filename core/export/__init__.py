"""The formats a subset leaves in, one file each; ``registry`` lists them, ``bundle`` packs them with the recipe."""
