"""`python -m leakbound`: the same commands where the script is not on the path."""

from leakbound.cli.main import main

if __name__ == "__main__":
    main()
