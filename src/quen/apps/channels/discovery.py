"""Finds the folders of channels and adapters and registers what they contain."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

import quen.apps.channels as app
from quen.apps.channels import adapters, queries, registry
from quen.apps.channels.adapters.sandbox import sandbox_adapter
from quen.apps.compliance import registry as compliance


def register_all() -> None:
    """Register every channel, email first, each with a sandbox, then every adapter."""
    packages = [f"{app.__name__}.{module.name}" for module in iter_modules(app.__path__) if module.ispkg]
    found = [
        import_module(f"{package}.channel").CHANNEL
        for package in packages
        if find_spec(f"{package}.channel") is not None
    ]
    for channel in sorted(found, key=lambda channel: (channel.key != "email", channel.key)):
        registry.register_channel(channel)
        registry.register_adapter(sandbox_adapter(channel.key))
    for module in iter_modules(adapters.__path__):
        package = import_module(f"{adapters.__name__}.{module.name}")
        for adapter in getattr(package, "ADAPTERS", ()):
            registry.register_adapter(adapter)
    compliance.register_used_channels(queries.connected_channels)
