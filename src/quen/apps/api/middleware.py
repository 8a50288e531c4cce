"""What surrounds every operation: the key, its workspace, limits, one transaction, refusals, and the log of calls."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from django.conf import settings
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from ninja.operation import Operation, PathView

from quen.apps.accounts.access import client_of
from quen.apps.accounts.types import WorkspaceArchived
from quen.apps.api import queries, services
from quen.apps.api.access import ApiRequest, OperationDeclaration, declaration_of, key_actor
from quen.apps.api.presenters import problem
from quen.apps.api.types import (
    IDEMPOTENCY_KEY_MAX_CHARS,
    AnswerErased,
    BodyNotJson,
    BodyTooLarge,
    CallInProgress,
    InvalidRequest,
    MethodNotAllowed,
    MissingScope,
    NoSuchOperation,
    TooManyCalls,
    Unauthenticated,
    Unavailable,
    UnexpectedError,
    unknown_parameter,
)
from quen.core import clock, pauses, schemas
from quen.core.database.outage import is_outage
from quen.core.errors import DomainError
from quen.core.ratelimit import RateLimit, Verdict

if TYPE_CHECKING:
    from quen.apps.api.models import ApiKey, StoredAnswer

log = logging.getLogger(__name__)
SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
IDEMPOTENCY_HEADER: Final = "Idempotency-Key"
REPLAY_HEADER: Final = "Idempotency-Replayed"
_UNKNOWN_KEYS = RateLimit("api.unknown_keys", "120/minute")
#: a deadlock or a lost race with another call is tried again so often
_ATTEMPTS: Final = 4
_CONFLICTS: Final = ("40P01", "40001")
_OUTAGE_SECONDS: Final = 60
View = Callable[..., HttpResponse]


def entrance(path_view: PathView) -> View:
    """Return the view of an address: all its operations, each behind what it declares."""

    def view(request: HttpRequest, **path: Any) -> HttpResponse:
        return _answer(cast("ApiRequest", request), lambda call: _Call(call, path_view, path).run())

    return _open(view)


def nothing_here() -> View:
    """Return the view of all other addresses."""

    def view(request: HttpRequest, **_path: Any) -> HttpResponse:
        return _answer(cast("ApiRequest", request), _no_such_operation)

    return _open(view)


def _open(view: View) -> View:
    """Mark a view: a key in a header is no cookie, and the body is checked here."""
    view.csrf_exempt = view.is_api = True  # type: ignore[attr-defined]  # read by middleware
    return view


def _no_such_operation(_request: ApiRequest) -> HttpResponse:
    raise NoSuchOperation()


def _answer(request: ApiRequest, respond: Callable[[ApiRequest], HttpResponse]) -> HttpResponse:
    request.reference, request.contact_ids = secrets.token_hex(6), None
    language = translation.get_language_from_request(request)
    with translation.override(language):
        try:
            response = respond(request)
        except DomainError as refusal:
            response = refused(refusal, request)
        except Exception as error:
            response = _failed(error, request)
    response.headers["X-Request-Id"] = request.reference
    response.headers["Content-Language"] = language
    response.headers["Cache-Control"] = "no-store"
    return response


def refused(refusal: DomainError, request: ApiRequest) -> HttpResponse:
    """Return the response to a refusal."""
    response = problem(refusal, reference=request.reference)
    if refusal.status == Unavailable.status:
        response.headers["Retry-After"] = str(_OUTAGE_SECONDS)
    if isinstance(refusal, CallInProgress):
        response.headers["Retry-After"] = "1"
    if isinstance(refusal, Unauthenticated):
        response.headers["WWW-Authenticate"] = 'Bearer realm="Quen"'
    if isinstance(refusal, MethodNotAllowed):
        response.headers["Allow"] = refusal.params["methods"]
    if isinstance(refusal, BodyTooLarge):
        response.headers["Connection"] = "close"
    if isinstance(refusal, TooManyCalls):
        response.headers["Retry-After"] = str(refusal.params["seconds"])
    return response


def _failed(error: Exception, request: ApiRequest) -> HttpResponse:
    if isinstance(error, pauses.GiveWay):
        return refused(pauses.WorkspacePaused(), request)
    if is_outage(error):
        log.error("the database is unavailable: %s", error)
        return refused(Unavailable(), request)
    log.error("unexpected error %s at %s", request.reference, request.method, exc_info=error)
    return refused(UnexpectedError(), request)


class _Call:
    """One call of an operation."""

    def __init__(self, request: ApiRequest, path_view: PathView, path: dict[str, Any]) -> None:
        self._request, self._path_view, self._path = request, path_view, path
        self._writes = request.method not in SAFE_METHODS

    def run(self) -> HttpResponse:
        """Return the response, within the workspace that the key names."""
        request = self._request
        token = _bearer(request)
        workspace = queries.workspace_of_token(token) if token else None
        if workspace is None:
            raise self._unknown()
        with pauses.working(workspace.schema_name), schemas.use(workspace.schema_name):
            key = queries.find_valid_key(token, now=request.now)
            if key is None:
                raise self._unknown()
            request.workspace, request.api_key, request.actor = workspace, key, key_actor(key)
            return self._logged(key)

    def _unknown(self) -> DomainError:
        """Return the refusal of a call without a valid key; who guesses keys is stopped."""
        verdict = _UNKNOWN_KEYS.hit(client_of(self._request).ip)
        return Unauthenticated() if verdict.allowed else _too_many(verdict)

    def _logged(self, key: ApiKey) -> HttpResponse:
        """Return the response and write it to the log of calls."""
        started = time.perf_counter()
        verdict = RateLimit("api.calls", settings.API_RATE).hit(str(self._request.workspace.pk), str(key.pk))
        operation = self._path_view._find_operation(self._request)
        try:
            response = self._checked(verdict, operation)
        except DomainError as refusal:
            response = refused(refusal, self._request)
        except Exception as error:
            response = _failed(error, self._request)
            if response.status_code == Unavailable.status:
                return response
        services.record_use(key, now=self._request.now)
        services.record_call(
            key=key,
            method=self._request.method or "",
            operation=operation.operation_id or "" if operation else "",
            status=response.status_code,
            code=response.headers.get("X-Problem-Code", ""),
            duration_ms=round((time.perf_counter() - started) * 1000),
            reference=self._request.reference,
            now=self._request.now,
        )
        response.headers["RateLimit-Limit"] = str(verdict.limit)
        response.headers["RateLimit-Remaining"] = str(max(0, verdict.remaining))
        response.headers["RateLimit-Reset"] = str(_seconds_until(verdict))
        return response

    def _checked(self, verdict: Verdict, operation: Operation | None) -> HttpResponse:
        """Return the response if the key may do this and the request can be read."""
        request = self._request
        if not verdict.allowed:
            raise _too_many(verdict)
        if operation is None:
            methods = sorted({method for each in self._path_view.operations for method in each.methods})
            raise MethodNotAllowed(methods=", ".join(methods))
        declared = declaration_of(operation.view_func)
        assert declared is not None  # config.api refuses operations that declare nothing
        if declared.scope is not None and declared.scope not in request.api_key.scopes:
            raise MissingScope(scope=declared.scope)
        if self._writes and request.workspace.archived_at is not None:
            raise WorkspaceArchived()
        _check_body(request, operation, declared)
        _check_parameters(request, operation)
        if not (self._writes and declared.transaction):
            return cast("HttpResponse", operation.run(request, **self._path))
        return self._with_retries(operation)

    def _with_retries(self, operation: Operation) -> HttpResponse:
        """Do the work; if others stood in its way in the database, do it again."""
        for _attempt in range(_ATTEMPTS - 1):
            try:
                return self._in_one_transaction(operation)
            except OperationalError as error:
                if getattr(error.__cause__, "sqlstate", None) not in _CONFLICTS:
                    raise
        return self._in_one_transaction(operation)

    def _in_one_transaction(self, operation: Operation) -> HttpResponse:
        """Do the work and store its answer; a refusal leaves nothing of either."""
        request = self._request
        raw = request.headers.get(IDEMPOTENCY_HEADER, "")
        if len(raw) > IDEMPOTENCY_KEY_MAX_CHARS:
            raise InvalidRequest([unknown_parameter(IDEMPOTENCY_HEADER)])
        request.contact_ids = None
        with transaction.atomic():
            called = services.IdempotentCall(
                request.api_key, raw, operation.operation_id or "", _digest(request) if raw else ""
            )
            stored = services.find_answer(called) if raw else None
            if stored is not None:
                return _replayed(stored)
            response = cast("HttpResponse", operation.run(request, **self._path))
            if response.status_code >= 400:
                transaction.set_rollback(True)
            elif raw:
                services.store_answer(
                    called,
                    status=response.status_code,
                    body=response.content,
                    contact_ids=request.contact_ids,
                    now=clock.now(),
                )
        return response


def _replayed(stored: StoredAnswer) -> HttpResponse:
    if stored.body is None:
        raise AnswerErased()
    response = HttpResponse(bytes(stored.body), status=stored.status, content_type="application/json")
    response.headers[REPLAY_HEADER] = "true"
    return response


def _digest(request: ApiRequest) -> str:
    """Return what binds an idempotency key to this request: the whole address and the body."""
    address = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(address + request.body).hexdigest()


def _bearer(request: HttpRequest) -> str:
    scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _check_body(request: ApiRequest, operation: Operation, declared: OperationDeclaration) -> None:
    """Raise a refusal for a body that is too long or not JSON, before it is read."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > declared.max_bytes:
        raise BodyTooLarge(limit=declared.max_bytes >> 20)
    takes_body = any(model.__ninja_param_source__ == "body" for model in operation.models)
    if takes_body and request.content_type != "application/json":
        raise BodyNotJson()


def _check_parameters(request: ApiRequest, operation: Operation) -> None:
    """Raise a refusal for parameters that the operation does not have, or with what can't be stored."""
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }
    wrong = [unknown_parameter(name) for name in request.GET if name not in known]
    wrong += [
        unknown_parameter(name)
        for name, values in request.GET.lists()
        if name in known and any("\x00" in value for value in values)
    ]
    if wrong:
        raise InvalidRequest(wrong)


def _too_many(verdict: Verdict) -> TooManyCalls:
    return TooManyCalls(seconds=_seconds_until(verdict))


def _seconds_until(verdict: Verdict) -> int:
    return max(1, round((verdict.resets_at - clock.now()).total_seconds()))
