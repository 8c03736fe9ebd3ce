"""Waves of the survey are managed here: who was invited, who answered, letters, and the profile a city sees first."""
