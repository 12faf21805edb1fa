"""Pincite beside the pipelines that its users would otherwise write: ``python -m pincite_evals.scoreboard``."""
