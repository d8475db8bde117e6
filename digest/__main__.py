"""``python -m digest`` is the command ``digest``."""

from digest.cli.main import main

main()
