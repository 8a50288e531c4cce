"""Operating a Citus cluster: what is where, what is missing, moving workspaces, bringing them in and out."""
