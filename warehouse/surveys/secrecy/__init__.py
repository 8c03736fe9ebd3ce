"""What must not be told: persons, and figures of few; protection and its proof."""
