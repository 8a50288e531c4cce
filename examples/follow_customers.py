"""A second system that keeps the customers of a Quen workspace in step, in a SQLite file. Nothing is to be installed.

    python follow_customers.py serve --database customers.db --port 8100    # receives webhooks
    python follow_customers.py catch-up --database customers.db             # asks the API for what was missed

The environment has QUEN_SECRET (whsec_…, of the endpoint), QUEN_URL (https://quen.example.com) and QUEN_KEY (an API
key with "Read customers"). Run catch-up at the start, and then every few minutes: a webhook may come late, twice, out
of order, or not at all, and the list of changes has what did not come.

Both bring the same entries. Of two entries about a customer the one with the higher version is the later; that is all
there is to staying in step.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import sqlite3
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS customer (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, kind TEXT NOT NULL, contact TEXT
);
CREATE TABLE IF NOT EXISTS place (cursor TEXT NOT NULL);
"""
KEEP = """
INSERT INTO customer (id, version, kind, contact) VALUES (:contact_id, :version, :kind, :contact)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, kind = excluded.kind, contact = excluded.contact
 WHERE excluded.version > customer.version
"""
#: a message that is older than this may be somebody repeating what they overheard
TOLERANCE_SECONDS = 5 * 60
MAX_BODY_BYTES = 1_000_000


def connect(path: str) -> sqlite3.Connection:
    """Return the database, with its tables."""
    database = sqlite3.connect(path, timeout=30, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(TABLES)
    return database


def keep(database: sqlite3.Connection, entry: dict[str, Any]) -> None:
    """Keep an entry unless a later one is known. One who is gone stays as a number with a version, without data.

    kind: "changed", "deleted", "merged" (survivor_id says into whom) or "erased".
    """
    contact = json.dumps(entry["contact"]) if entry["contact"] else None
    database.execute(
        KEEP, {**{key: entry[key] for key in ("contact_id", "version", "kind")}, "contact": contact}
    )


def is_signed(secret: str, headers: Any, body: bytes) -> bool:
    """Return whether a message comes from Quen and is fresh (Standard Webhooks; libraries do the same)."""
    name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdigit() or abs(time.time() - int(at)) > TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    signatures = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(expected, each) for each in signatures)


def serve(path: str, port: int) -> None:
    """Receive webhooks until stopped. A message is answered once it is stored, so that Quen repeats what was not."""
    secret = os.environ["QUEN_SECRET"]
    connect(path).close()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body = self.rfile.read(min(length, MAX_BODY_BYTES))
            if not is_signed(secret, self.headers, body):
                self.reply(401)
                return
            message = json.loads(body)
            if message["type"].startswith("contact."):
                database = connect(path)
                keep(database, message["data"])
                database.close()
            self.reply(204)

        def reply(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


def catch_up(path: str) -> None:
    """Read the list of changes from where the last reading ended."""
    database = connect(path)
    found = database.execute("SELECT cursor FROM place").fetchone()
    cursor, more = (found[0] if found else ""), True
    while more:
        query = urllib.parse.urlencode({"limit": 500} | ({"cursor": cursor} if cursor else {}))
        request = urllib.request.Request(
            f"{os.environ['QUEN_URL']}/api/v1/contacts/changes?{query}",
            headers={"authorization": f"Bearer {os.environ['QUEN_KEY']}"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            page = json.load(response)
        database.execute("BEGIN")
        for entry in page["data"]:
            keep(database, entry)
        database.execute("DELETE FROM place")
        database.execute("INSERT INTO place (cursor) VALUES (?)", [page["next"]])
        database.execute("COMMIT")
        cursor, more = page["next"], page["more"]
    database.close()


def main() -> None:
    """Run what the arguments say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("serve", "catch-up"))
    parser.add_argument("--database", required=True)
    parser.add_argument("--port", type=int, default=8100)
    options = parser.parse_args()
    if options.what == "serve":
        serve(options.database, options.port)
    else:
        catch_up(options.database)


if __name__ == "__main__":
    main()
