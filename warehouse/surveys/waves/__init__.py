"""Waves of the survey are managed here: who was invited, who answered and what letters are due."""
