"""The demo shop: realistic contacts and two years of their activity, identical for the same seed."""

from quen.cli.demo.api import add_api_keys
from quen.cli.demo.campaigns import fill_campaigns
from quen.cli.demo.duplicates import add_duplicates
from quen.cli.demo.forms import add_forms
from quen.cli.demo.lists import add_lists
from quen.cli.demo.notes import add_notes
from quen.cli.demo.people import add_codes_and_addresses
from quen.cli.demo.shop import count_segments, fill_workspace
from quen.cli.demo.tasks import add_tasks
from quen.cli.demo.webhooks import add_endpoint
from quen.cli.demo.website import add_visits

__all__ = [
    "add_api_keys",
    "add_codes_and_addresses",
    "add_duplicates",
    "add_endpoint",
    "add_forms",
    "add_lists",
    "add_notes",
    "add_tasks",
    "add_visits",
    "count_segments",
    "fill_campaigns",
    "fill_workspace",
]
