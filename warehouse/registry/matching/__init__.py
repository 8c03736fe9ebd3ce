"""Names and places to metropolises: candidates, their score, and the decision."""
