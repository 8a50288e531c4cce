"""Checks the port before anything else is started."""

from __future__ import annotations

import errno
import socket

from quen.cli.base import EXIT_USAGE, CommandError
from quen.cli.i18n import _


def check_port_free(host: str, port: int) -> None:
    """Check that we can listen on a port. Raises CommandError with advice."""
    if not 0 < port < 65536:
        raise CommandError(
            _("The port must be a number from 1 to 65535."), code="bad_port", exit_code=EXIT_USAGE
        )
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # Same option as the web server: an address in TIME_WAIT is free, one with a listener is not.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise CommandError(_error_message(error, host, port), code="port_taken") from error


def _error_message(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        text = _("Port %(port)d is in use by another program. Choose another one, such as --port %(next)d.")
    elif error.errno == errno.EACCES:
        text = _("Port %(port)d is reserved for root. Choose one from 1024 up, such as --port %(next)d.")
    else:
        text = _("Can't listen on %(host)s, port %(port)d. Check --host and --port.")
    return text % {"host": host, "port": port, "next": port + 1 if port >= 1024 else 8000}


def own_hosts(host: str) -> list[str]:
    """Return the names and addresses by which a server that listens everywhere is reached in its network.

    Empty for a server that listens at one address: ``QUEN_BASE_URL`` names that.
    """
    if host not in ("0.0.0.0", "::", ""):  # noqa: S104  # compared, not bound
        return []
    name = socket.gethostname()
    found = {name.lower()}
    try:
        found |= set(socket.gethostbyname_ex(name)[2])
    except OSError:
        pass  # the machine does not know its own name
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: the address from which this machine would reach others.
            probe.connect(("192.0.2.1", 9))
            found.add(probe.getsockname()[0])
        except OSError:
            pass  # no network
    return sorted(found)
