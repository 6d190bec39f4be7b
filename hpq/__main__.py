"""`python -m hpq` is `hpq`."""

from hpq.cli import main

if __name__ == "__main__":
    main()
