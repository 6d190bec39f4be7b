"""What one looks at: the monitor in the terminal."""
