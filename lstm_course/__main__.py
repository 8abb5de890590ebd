"""`python -m lstm_course progress` lists the exercises, tells which are solved, and which one comes next."""

import argparse
import os
import sys


def main():
    """Exit code: 0 when all is well, 1 when the file of what is solved cannot be read, 2 for an unknown command."""
    parser = argparse.ArgumentParser(
        prog="python -m lstm_course",
        description="The course at the command line.",
        epilog="Studies, the experiments over many seeds, are run by `python -m lstm_course.studies`.",
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    about = "which exercises are solved, and which one comes next"
    commands.add_parser("progress", help=about, description=f"Print {about}.")
    if parser.parse_args().command is None:
        parser.print_help()
        return 0
    from lstm_course.exercises import progress  # here, so that the help comes at once

    try:
        progress()
    except BrokenPipeError:  # whoever reads the list, such as head, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError) as error:
        print(f"Your progress could not be read: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
