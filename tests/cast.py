"""The standing cast: An owns Trà Sen, Bình works there and may only read, Chi belongs to another workspace."""

from datetime import UTC, datetime

#: Wednesday 14 October 2026, 09:00 in Việt Nam
NOW = datetime(2026, 10, 14, 2, 0, tzinfo=UTC)
PASSWORD = "sen-hong-2026"
AN, BINH, CHI = "an@tra-sen.example", "binh@tra-sen.example", "chi@gom-viet.example"
TRA_SEN, GOM_VIET = "tra-sen", "gom-viet"
