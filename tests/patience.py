"""How long tests wait for what is sure to come. A slow machine, or one with other work beside the tests, is no failure.

Nothing is proved by the time it takes: a wait ends as soon as what it waits for is there.
"""

from __future__ import annotations

#: for a process, a job, an answer
PATIENCE_SECONDS = 120
#: for what a page in the browser shows
PATIENCE_MS = 60_000
