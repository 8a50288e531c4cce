"""How messages travel: one package an adapter."""
