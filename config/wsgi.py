"""The door for a WSGI server (gunicorn config.wsgi)."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

# What the application itself is made of stays as long as the process: looked through for rubbish again and again it holds up pages.
gc.collect()
gc.freeze()
