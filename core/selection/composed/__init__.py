"""Greedy choice by a product of powers: distance to the chosen rows, quality, typicality, balance, closeness."""
