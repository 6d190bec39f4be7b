"""What to try: the space, its samplers and the search file."""
