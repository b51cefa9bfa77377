"""``python -m sync.cli``: the same as the command ``loopwright``."""

from sync.cli import main

main()
