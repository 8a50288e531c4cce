"""The sub-commands of ``quen``, one module each, with ``COMMAND = base.Command(...)``.

They are imported before Django is set up: import apps inside the functions that use them.
"""
