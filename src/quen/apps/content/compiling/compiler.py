"""What the app calls: each text is compiled once, and one that could not be compiled is not tried again soon."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from typing import Any, Final

from django.utils.functional import Promise

from quen.apps.content.compiling.processes import CompilerProcesses
from quen.apps.content.rules.compiled import CompiledContent
from quen.apps.content.rules.compiler import CompileJob
from quen.apps.content.types import ContentTooComplex
from quen.core.errors import DomainError

#: of eight web threads, six may be compiling or wait for it
PROCESSES, WAITING = 2, 4
DEADLINE_SECONDS, PATIENCE_SECONDS = 15.0, 10.0
_KEPT, _FAILURE_SECONDS = 64, 60.0
_impatient: ContextVar[bool] = ContextVar("impatient", default=False)
_Reply = tuple[str, Any]


@contextmanager
def refuse_instead_of_waiting() -> Iterator[None]:
    """Within: a busy compiler refuses (CompilersBusy) rather than keep a thread that answers pages."""
    token = _impatient.set(True)
    try:
        yield
    finally:
        _impatient.reset(token)


class TextCompiler:
    """Compiles in ``processes`` and keeps the results of the last texts.

    A refusal is kept like a result; a failure, which may be due to a busy machine, for failure_seconds.
    """

    def __init__(self, processes: CompilerProcesses, *, failure_seconds: float = _FAILURE_SECONDS) -> None:
        self._processes, self._failure_seconds = processes, failure_seconds
        self._kept: OrderedDict[bytes, tuple[float, _Reply]] = OrderedDict()
        self._lock = threading.Lock()

    def compile_content(self, job: CompileJob) -> CompiledContent:
        """Return the compiled content. Raises TemplateBroken, CompilersBusy."""
        compiled: CompiledContent = self._result("compile", {"job": job})
        return compiled

    def ensure_valid(self, *, subject: str, preview: str, format: str, body: str) -> None:
        """Raise TemplateBroken, or CompilersBusy, if the text of a version can't be compiled."""
        self._result("validate", {"subject": subject, "preview": preview, "format": format, "body": body})

    def _result(self, action: str, arguments: dict[str, Any]) -> Any:
        key = sha256(repr((action, arguments)).encode("utf-8", "surrogatepass")).digest()
        kind, result = self._find(key) or self._ask(key, action, arguments)
        if kind == "refused":
            raise _refusal(*result)
        return result

    def _ask(self, key: bytes, action: str, arguments: dict[str, Any]) -> _Reply:
        try:
            reply = self._processes.run(action, arguments, impatient=_impatient.get())
        except ContentTooComplex as refusal:
            reply = "refused", (type(refusal), {}, refusal.field)
            self._keep(key, reply, seconds=self._failure_seconds)
            return reply
        self._keep(key, reply, seconds=float("inf"))
        return reply

    def _find(self, key: bytes) -> _Reply | None:
        with self._lock:
            until, reply = self._kept.get(key, (0.0, None))
            if reply is None or until < time.monotonic():
                return None
            self._kept.move_to_end(key)
            return reply

    def _keep(self, key: bytes, reply: _Reply, *, seconds: float) -> None:
        with self._lock:
            self._kept[key] = time.monotonic() + seconds, reply
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


def _refusal(refused: type[DomainError], params: dict[str, Any], field: str | None) -> DomainError:
    """Return a refusal of the compile process, its sentence in the active language."""
    refusal = refused(
        **{key: str(value) if isinstance(value, Promise) else value for key, value in params.items()}
    )
    refusal.field = field  # type: ignore[misc]  # which part of the text it is about
    return refusal


_compiler: Final = TextCompiler(
    CompilerProcesses(
        size=PROCESSES, deadline_seconds=DEADLINE_SECONDS, patience_seconds=PATIENCE_SECONDS, waiting=WAITING
    )
)
compile_content = _compiler.compile_content
ensure_valid = _compiler.ensure_valid
