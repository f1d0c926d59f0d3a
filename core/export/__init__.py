"""The export formats, a file for each; ``formats`` lists them, ``bundle`` packs the rows with the recipe."""
