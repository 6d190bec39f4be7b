"""What one looks at: the monitor of a root in the terminal."""
