"""`python -m core …`: the services from a shell."""

from core.shell import main

if __name__ == "__main__":
    main()
