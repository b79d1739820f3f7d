"""Faults of a consortium under load, each counted afterwards on the chain and on nothing else."""
