"""``python -m aftertone.cli`` is the command ``aftertone``."""

from aftertone.cli import main

if __name__ == "__main__":
    main(prog_name="aftertone")
