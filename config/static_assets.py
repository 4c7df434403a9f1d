"""Static files are collected when, and only when, something in them has changed."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from config.embedded import state

COLLECTED = Path(os.environ.get("DAYMARK_STATIC_ROOT") or state.CHECKOUT / ".static")


def collect_if_stale() -> bool:
    """True if they were collected now."""
    COLLECTED.mkdir(exist_ok=True)
    mark = COLLECTED / ".collected"
    with state.locked(COLLECTED / ".lock"):
        now = _fingerprint()
        if mark.exists() and mark.read_text() == now:
            return False
        mark.unlink(missing_ok=True)
        command = [sys.executable, str(state.CHECKOUT / "manage.py"), "collectstatic", "--noinput", "--verbosity", "0"]
        done = subprocess.run(command, cwd=state.CHECKOUT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise state.ServicesError(f"The static files could not be collected:\n{done.stderr.strip()}")
        mark.write_text(now)
    return True


def _fingerprint() -> str:
    """Of every file of ours that is served, and of the packages that bring their own."""
    seen = hashlib.sha256()
    sources = [path for path in sorted(state.CHECKOUT.glob("static/**/*")) if path.is_file()]
    sources += sorted(state.CHECKOUT.glob("*/static/**/*.*"))
    for path in sources:
        found = path.stat()
        seen.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    for path in (state.CHECKOUT / "config/locks/app.txt", state.CHECKOUT / "config/settings.py", state.CHECKOUT / "config/static.py"):
        seen.update(path.read_bytes())
    return seen.hexdigest()
