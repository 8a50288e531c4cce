"""Asks for a port before anything else is done."""

from __future__ import annotations

import errno
import socket

from quen.cli.base import EXIT_USAGE, CommandError
from quen.cli.i18n import _


def check_port_free(host: str, port: int) -> None:
    """Prove that we can listen there. Raises CommandError with a sentence that names the way out."""
    if not 0 < port < 65536:
        raise CommandError(_("A port is a number from 1 to 65535."), code="bad_port", exit_code=EXIT_USAGE)
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the web server does: an address in TIME_WAIT is free, one that is listened on is not.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise CommandError(_error_message(error, host, port), code="port_taken") from error


def _error_message(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        text = _("Port %(port)d is taken by another program: choose another one, such as --port %(next)d.")
    elif error.errno == errno.EACCES:
        text = _("Port %(port)d is reserved for root: choose one from 1024 up, such as --port %(next)d.")
    else:
        text = _("This machine cannot listen on %(host)s, port %(port)d: check --host and --port.")
    return text % {"host": host, "port": port, "next": port + 1 if port >= 1024 else 8000}
