"""`python -m segment_lib.cli` is the command `segment-lib`."""

from segment_lib.cli.commands import main

if __name__ == "__main__":
    main(prog_name="segment-lib")
