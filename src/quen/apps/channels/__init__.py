"""How messages travel: adapters, credentials, senders, the sandbox."""
