"""`make bench`: on a cluster of its own with the demo borough in it. Nothing here is a test; the machine decides."""

import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

from config import embedded


def main() -> int:
    os.environ["DAYMARK_STATE"] = str(embedded.home() / "bench")
    for name in ("DATABASE_URL", "REDIS_URL", "DAYMARK_FILES"):
        os.environ.pop(name, None)
    os.environ["DAYMARK_DEMO"] = "1"
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    embedded.ensure()
    try:
        subprocess.run([sys.executable, "manage.py", "demo", "--build-only"], check=True)
        import django

        django.setup()
        from benchmarks import borough, browsing, rating

        with_scratch_database()
        borough.main()
        rating.main()
        browsing.main()
    finally:
        embedded.stop(only=embedded.started_here())
    return 0


def with_scratch_database() -> None:
    """The loads make schools and pupils of their own: in a database that is dropped afterwards."""
    import psycopg

    url = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("drop database if exists bench_loads")
        connection.execute("create database bench_loads")
        try:
            scratch = urlunsplit(url._replace(path="/bench_loads"))
            subprocess.run([sys.executable, "-m", "benchmarks.loads"], check=True, env=os.environ | {"DATABASE_URL": scratch})
        finally:
            connection.execute("drop database if exists bench_loads with (force)")


if __name__ == "__main__":
    sys.exit(main())
