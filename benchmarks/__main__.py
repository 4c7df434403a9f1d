"""`make bench`: on a cluster of its own. Nothing here is a test; the machine decides.

SCALE=1 is the whole of the largest authority; a quarter if nothing is said. BENCH=year, demo, deadlines or notices measures only that;
BENCH=pages measures dashboards and ratings alone, of registers that are written and not loaded, so that the whole takes minutes.
"""

import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

from config import embedded, static_assets


def main() -> int:
    os.environ["DAYMARK_STATE"] = str(embedded.home() / "bench")
    for name in ("DATABASE_URL", "REDIS_URL", "DAYMARK_FILES"):
        os.environ.pop(name, None)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    static_assets.collect_if_stale()  # the pages that are measured name them
    embedded.ensure()
    try:
        only = os.environ.get("BENCH", "")
        if only in ("", "year"):
            subprocess.run([sys.executable, "-m", "benchmarks.year"], check=True)
        if only == "pages":
            subprocess.run([sys.executable, "-m", "benchmarks.whole"], check=True)
        if only in ("", "deadlines"):
            subprocess.run([sys.executable, "-m", "benchmarks.deadlines"], check=True)
        if only == "notices":
            with_scratch_database("notices")
        if only in ("", "demo"):
            of_the_demo()
    finally:
        embedded.stop(only=embedded.started_here())
    return 0


def of_the_demo() -> None:
    """Pages, ratings and a school's file in each layout, with the demo borough in the database."""
    os.environ["DAYMARK_DEMO"] = "1"
    subprocess.run([sys.executable, "manage.py", "demo", "--build-only"], check=True)
    import django

    django.setup()
    from benchmarks import borough, browsing, packs, rating

    with_scratch_database("loads", "notices")
    borough.main()
    rating.main()
    packs.main()
    browsing.main()


def with_scratch_database(*modules: str) -> None:
    """These make schools and pupils of their own: in a database that is dropped afterwards."""
    import psycopg

    url = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("drop database if exists bench_loads")
        connection.execute("create database bench_loads")
        try:
            scratch = urlunsplit(url._replace(path="/bench_loads"))
            for module in modules:
                subprocess.run([sys.executable, "-m", f"benchmarks.{module}"], check=True, env=os.environ | {"DATABASE_URL": scratch})
        finally:
            connection.execute("drop database if exists bench_loads with (force)")


if __name__ == "__main__":
    sys.exit(main())
