"""`python -m lstm_course.studies` lists the studies; with a name it runs one and stores its results in the package."""

import argparse

from lstm_course import studies


def main():
    parser = argparse.ArgumentParser(prog="python -m lstm_course.studies", description="Run a study and store its results.")
    parser.add_argument("name", nargs="?", choices=studies.STUDIES, help="without one, the studies are listed")
    parser.add_argument("--workers", type=int, help="processes on this machine (default: one for each core)")
    parser.add_argument("--scheduler", help="address of a Dask scheduler, such as tcp://host:8786, instead of processes here")
    parser.add_argument(
        "--storage", help="of Optuna, such as sqlite:///studies.db: work on the study together with other workers"
    )
    arguments = parser.parse_args()
    if arguments.name is None:
        return print("\n".join(map(line, studies.STUDIES)))
    study = studies.find(arguments.name)
    if arguments.storage is not None:
        from lstm_course.studies import shared

        return shared.run(study, arguments.storage)
    if arguments.scheduler is None:
        from lstm_course.studies.processes import pool

        with pool(arguments.workers) as executor:
            return studies.run(study, executor=executor)
    from distributed import Client

    with Client(arguments.scheduler) as client:
        studies.run(study, executor=client.get_executor())


def line(name):
    """A study in one line: name, CPU time of the stored run, first sentence."""
    minutes = studies.about(name)["cpu_seconds"] / 60
    return f"{name:<16} {minutes:6.1f} min CPU   {studies.find(name).__doc__.splitlines()[0]}"


if __name__ == "__main__":
    main()
