"""Tests on a Ray cluster of two nodes on this machine, from requirements-ray.txt: `make test-ray`."""
