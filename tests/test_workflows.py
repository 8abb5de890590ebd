"""The workflows: pinned to commits, with as few rights as they need, and calling only what there is."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WRITES = {  # job: what it may change; all the others may read the sources and nothing else
    ("deploy", "launch"): {"contents": "write"},
    ("deploy", "deploy"): {"pages": "write", "id-token": "write"},
}
sys.path.insert(0, str(ROOT / ".ci"))
import newest  # noqa: E402


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def workflow(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_zizmor_finds_nothing():
    command = [shutil.which("zizmor", path=str(Path(sys.executable).parent)) or "zizmor", "--offline", "--persona", "pedantic"]
    done = subprocess.run([*command, str(ROOT / ".github")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_others_wrote_is_pinned_to_a_commit_and_says_its_version(path):
    used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert used
    for line in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line), line


def test_one_action_has_one_version_everywhere():
    used = {line for path in WORKFLOWS for line in re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))}
    names = [line.split("@")[0] for line in used]
    assert len(names) == len(set(names)), sorted(used)


def test_rights_are_none_for_all_and_stated_for_each_job(path, workflow):
    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        assert job["permissions"] == WRITES.get((path.stem, name), {"contents": "read"}), name
        assert job["timeout-minutes"] <= 90, name
    assert "concurrency" in workflow


def test_no_token_is_left_in_the_checkout(workflow):
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_the_commands_called_are_there(workflow):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for step in steps(workflow):
        command = step.get("run", "")
        assert set(re.findall(r"\bmake ([a-z-]+)", command)) <= targets, command
        for script in re.findall(r"\bpython (\S+\.py)", command):
            assert (ROOT / script).is_file(), script


def test_the_canary_takes_what_the_pins_allow():
    text = "# tools\nnumpy==2.4.6\n\njupyter-book==1.0.4.post1  # below 2: another program\n"
    assert newest.newest(text) == ["numpy>=2.4.6", "jupyter-book>=1.0.4.post1,<2"]
    with pytest.raises(ValueError, match="torch"):
        newest.newest("torch>=2")
    assert len(newest.newest((ROOT / "requirements.txt").read_text(encoding="utf-8"))) > 30


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_the_launch_branch_has_all_but_the_workflows(tmp_path):
    """The deploy workflow's own lines, with a folder in place of GitHub."""
    git = lambda *arguments, cwd: (
        subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout
    )
    work, remote = tmp_path / "work", tmp_path / "remote"
    for name in ("chapters/a.ipynb", "kept.txt", ".github/workflows/test.yml"):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text("before", encoding="utf-8")
    git("init", "--quiet", "--bare", str(remote), cwd=tmp_path)
    git("init", "--quiet", cwd=work)
    git("add", ".", cwd=work)
    git("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "-m", "one", cwd=work)
    (work / "chapters" / "a.ipynb").write_text("with a first cell", encoding="utf-8")
    deploy = yaml.safe_load((ROOT / ".github" / "workflows" / "deploy.yml").read_text(encoding="utf-8"))
    script = next(step["run"] for step in deploy["jobs"]["launch"]["steps"] if "git push" in step.get("run", ""))
    script, count = re.subn(r'"https://[^"]+"', f'"{remote.as_posix()}"', script)
    assert count == 1
    subprocess.run(["bash", "-e", "-c", script], cwd=work, check=True, env=os.environ | {"GITHUB_SHA": "0" * 40})
    assert git("ls-tree", "-r", "--name-only", "launch", cwd=remote).split() == ["chapters/a.ipynb", "kept.txt"]
    assert git("show", "launch:chapters/a.ipynb", cwd=remote) == "with a first cell"
    assert len(git("rev-list", "launch", cwd=remote).split()) == 1
