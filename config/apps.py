from django.apps import AppConfig


class ConfigApp(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401  (makes ours the current Celery application)
