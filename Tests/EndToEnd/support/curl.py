"""Running plain curl."""

import subprocess


def curl(*arguments, stdin=None):
    """What curl printed; fails when it did not succeed."""
    done = subprocess.run(["curl", "-sS", "--noproxy", "*", "-m", "20", *arguments], capture_output=True, input=stdin,
                          timeout=30)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout
