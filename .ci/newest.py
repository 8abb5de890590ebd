"""The newest versions that are allowed, for a run that finds out early what will break: every `==` of requirements.txt as `>=`.

    python .ci/newest.py > newest.txt

A pin that must not be exceeded says so, with the reason, in a comment: `name==1.2  # below 2: why`.
"""

import re
from pathlib import Path

PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[\w.]+)(?:\s+# below (?P<limit>[\w.]+): .+)?")
REQUIREMENTS = Path(__file__).parents[1] / "requirements.txt"


def newest(text):
    """The lines of a requirements file with lower bounds in place of pins; a line of another form is an error."""
    lines = [line.strip() for line in text.splitlines()]
    return [allowed(line) for line in lines if line and not line.startswith("#")]


def allowed(line):
    found = PIN.fullmatch(line)
    if not found:
        raise ValueError(f"requirements.txt has {line!r}, expected name==version, perhaps with '# below version: reason'")
    return f"{found['name']}>={found['version']}" + (f",<{found['limit']}" if found["limit"] else "")


if __name__ == "__main__":
    print("\n".join(newest(REQUIREMENTS.read_text(encoding="utf-8"))))
