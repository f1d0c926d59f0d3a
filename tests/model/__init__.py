"""Tests with a real pretrained model, from requirements-model.txt: `make test-model`."""
