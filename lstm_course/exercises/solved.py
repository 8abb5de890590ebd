"""What the reader has solved, in a small file on the reader's own machine.

The file is `solved.json` in the folder for the user's application data, or where the environment variable
LSTM_COURSE_SOLVED says. Nothing else is stored, and nothing is sent anywhere.
"""

import json
import os
from pathlib import Path

import platformdirs

REMEDY = "Mend it, or move it away to begin anew."


def place():
    """Path of the file."""
    return Path(os.environ.get("LSTM_COURSE_SOLVED") or platformdirs.user_data_path("lstm_course") / "solved.json")


def load():
    """Keys of the exercises solved so far.

    Returns:
        list of str.
    Raises:
        ValueError: when the file is not one of ours.
    """
    try:
        keys = json.loads(place().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except ValueError as error:
        raise ValueError(f"{place()}: this is no list of solved exercises ({error}). {REMEDY}") from error
    if not (isinstance(keys, list) and all(isinstance(key, str) for key in keys)):
        raise ValueError(f"{place()}: this is no list of solved exercises. {REMEDY}")
    return keys


def add(key):
    """Note an exercise as solved: written aside, then renamed, and never over a file that is not ours.

    Raises:
        OSError, ValueError: when the file cannot be written, or is not one of ours.
    """
    keys = load()
    if key in keys:
        return
    path = place()
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        aside.write_text(json.dumps([*keys, key], indent=1) + "\n", encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
