"""From answers to facts about who governs metropolises: pure functions, tables in, tables out."""
