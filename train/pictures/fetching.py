"""What the scripts of this folder do alike: they fetch pinned packages and run again in an environment of their own."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

READY = "UNIMED_PICTURES_TOOLS"


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed; it says:\n{done.stderr.strip()}")


def checked(path, expected):
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != expected:
        sys.exit(f"{path.name} has the SHA-256 {found}, expected {expected}; the registry serves another file than was looked at")
    return path


def wheel(into, name, version, digest, *platform):
    """A wheel in a folder of its own."""
    say(f"fetching {name} {version}")
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    run(*pip, *platform, "--dest", into, f"{name}=={version}")
    return checked(next(into.glob("*.whl")), digest)


def debian(into, name, version, digest):
    """A Debian package, unpacked."""
    say(f"fetching {name} {version}")
    into.mkdir()
    run("apt-get", "download", f"{name}={version}", cwd=into)
    run("dpkg-deb", "-x", checked(next(into.glob("*.deb")), digest), into / "unpacked")
    return into / "unpacked"


def in_tools(script, tools):
    """Runs a script again in an environment that has these packages; returns when it runs there."""
    if os.environ.get(READY) == "ready":
        return
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        say("making an environment with " + ", ".join(tools))
        run(sys.executable, "-m", "venv", folder / "venv")
        python = folder / "venv/bin/python"
        run(python, "-m", "pip", "install", "--quiet", *tools)
        environment = dict(os.environ, MPLCONFIGDIR=str(folder / "matplotlib"), **{READY: "ready"})
        sys.exit(subprocess.run([python, script, *sys.argv[1:]], env=environment).returncode)
