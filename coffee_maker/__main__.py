"""`python -m coffee_maker` is the command `coffee-maker`."""

from coffee_maker.cli.main import main

if __name__ == "__main__":
    main()
