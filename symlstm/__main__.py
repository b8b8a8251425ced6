"""``python -m symlstm`` is the command."""

from symlstm.command.cli import main

if __name__ == "__main__":
    main()
