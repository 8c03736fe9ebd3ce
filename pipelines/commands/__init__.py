"""The commands of `observatory`, one file for each group; nothing heavy is imported at the top."""
