"""The door for a WSGI server (gunicorn config.wsgi)."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# Views and what they import are loaded now, not by the first reader. What the application itself is made of stays as long as the
# process: looked through for rubbish again and again, it would hold up some page in twenty by a quarter of a second.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)  # as the workers' (config.celery): a page leaves hardly anything that needs looking for
