"""One study on many machines: its units as trials in a storage of Optuna, which each worker takes from and puts back.

Every worker runs the same command with the same storage. SQLite is a file, for workers on one machine; any other database that
SQLAlchemy speaks to will do for several. What a killed worker had begun is taken up by another one, or by the next; what it had
finished stays. The last to finish writes the results, and they are the same as those of one worker.

    python -m lstm_course.studies gap_curve --storage sqlite:///studies.db
"""

import json
import time
import warnings

from lstm_course import studies


def run(study, url, folder=studies.FOLDER, heartbeat=30, progress=True):
    """Work on a study until all of it is done, by this worker or another, and write its results.

    Args:
        study: module, as for `studies.run`.
        url: of the storage, such as "sqlite:///studies.db".
        folder: where the results go (pathlib.Path).
        heartbeat: seconds between two signs of life; a worker is taken for dead after twice as many.
        progress: show a progress bar.
    Raises:
        ImportError: when Optuna is not there.
    """
    import optuna
    from optuna.exceptions import ExperimentalWarning
    from optuna.trial import TrialState

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)  # of the signs of life
        again = optuna.storages.RetryHeartbeatStaleTrialCallback()
        # SQLite lets one write at a time: the others wait.
        patient = {"connect_args": {"timeout": 300}} if url.startswith("sqlite") else {}
        storage = optuna.storages.RDBStorage(url, patient, heartbeat_interval=heartbeat, heartbeat_stale_trial_callback=again)
    queue = optuna.create_study(study_name=study.__name__.rpartition(".")[-1], storage=storage, load_if_exists=True)

    def objective(trial):
        storage.record_heartbeat(trial._trial_id)  # so that who has begun has given a sign of life, whenever it is killed
        trial.set_user_attr("begun", True)
        name, done = trial.user_attrs.get("unit"), _done(queue)
        if name is None or name in done:  # the queue is empty by now, or two workers have filled it
            raise optuna.TrialPruned
        units = {str(unit): unit for unit in studies.settled(study, done)}
        result = studies.work(study.__name__, units[name])
        trial.set_user_attr("result", json.dumps(result))
        return result["cpu_seconds"]

    taken = {}

    def drop_orphans():
        """A worker may die between taking a trial and its first sign of life; Optuna never takes it for dead then."""
        for trial in queue.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            since = taken.setdefault(trial.number, time.monotonic())
            if "begun" not in trial.user_attrs and time.monotonic() - since > 2 * heartbeat:
                queue.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)

    def finished():
        """Every unit once, as soon as it is done by whomever, until none is left."""
        seen = set()
        while missing := studies.missing(study, done := _done(queue)):
            yield from done.keys() - seen
            seen |= done.keys()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                optuna.storages.fail_stale_trials(queue)
            drop_orphans()
            if queue.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
                queue.optimize(objective, n_trials=1)
            elif queue.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
                time.sleep(min(heartbeat, 1))
            else:
                for unit in missing:
                    queue.enqueue_trial({}, user_attrs={"unit": str(unit)})

    for _ in studies.progress(finished(), queue.study_name) if progress else finished():
        pass
    studies.store(study, _done(queue), folder, " --storage URL")


def _done(queue):
    """Unit to result, of all that is finished."""
    attributes = (trial.user_attrs for trial in queue.get_trials(deepcopy=False))
    return {each["unit"]: json.loads(each["result"]) for each in attributes if "result" in each}
