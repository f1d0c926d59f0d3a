"""Inspections of built subsets: contrast, overlap, stability, thresholds, curves, why, holes, agreement."""
