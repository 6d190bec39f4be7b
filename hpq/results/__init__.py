"""What came out: the table of runs, the panels of the figure, PNG and statistics."""
