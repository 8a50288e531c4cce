"""The sub-commands of ``quen``, one module each, holding ``COMMAND = frame.Command(...)``.

They are imported before Django is set up: import rooms inside the functions that use them.
"""
