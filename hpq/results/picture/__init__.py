"""The picture as data: what the terminal and a file draw alike."""
