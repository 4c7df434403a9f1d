"""`manage.py stop`: the demo (if it runs here) and the embedded services go down; the data stays."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import embedded, supervisor


class Command(BaseCommand):
    help = "Stop the demo and the embedded PostgreSQL and Valkey. The data is kept."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            stopped = ["the demo"] if supervisor.stop_other() else []
            stopped += embedded.stop() + embedded.stop_left_over_tests()
        except embedded.ServicesError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"Stopped: {', '.join(stopped)}." if stopped else "Nothing was running.")
