"""Django's WSGI application."""

import os

from quen.core.garbage import no_collection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quen.config.settings")
with no_collection():
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
