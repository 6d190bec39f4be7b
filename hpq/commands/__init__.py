"""The commands of hpq, a module each: `add_arguments` declares its options, `main` does it and prints."""
