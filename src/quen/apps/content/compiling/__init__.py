"""Compiling and checking of texts in processes beside this one, each request with a deadline.

The HTML libraries are native: a text that exhausts their stack ends the process it is compiled in, and none can be
interrupted. Such a text costs one request, never the web server or a worker.
"""

from quen.apps.content.compiling.compiler import (
    TextCompiler,
    compile_content,
    ensure_valid,
    refuse_instead_of_waiting,
)
from quen.apps.content.compiling.processes import CompilerProcesses

__all__ = [
    "CompilerProcesses",
    "TextCompiler",
    "compile_content",
    "ensure_valid",
    "refuse_instead_of_waiting",
]
