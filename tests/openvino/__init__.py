"""Tests with the real openvino, from requirements-openvino.txt: `make test-openvino`."""
