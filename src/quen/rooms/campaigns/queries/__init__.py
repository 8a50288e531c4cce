"""Reads of the campaigns room."""

from quen.rooms.campaigns.queries.checking import LINKS_PATIENCE, checklist
from quen.rooms.campaigns.queries.finding import (
    anything_sent,
    begun_without_launch,
    campaigns,
    due,
    find_by_launch,
    find_by_name,
    get_campaign,
    get_deleted,
    unfinished_launches,
    using_segment,
)
from quen.rooms.campaigns.queries.listing import ARCHIVED, Listed, Row, counts, latest, page_of
from quen.rooms.campaigns.queries.looking import counted, left_out, look_at, words_digest
from quen.rooms.campaigns.queries.people import (
    LAUNCH_FIGURES,
    NOT_OPENED,
    Names,
    PickShown,
    audience_of,
    launch_people,
    people,
    people_of,
    segments_used,
    sentence,
)
from quen.rooms.campaigns.queries.reporting import Course, content_shown, course, trouble_words

__all__ = [
    "ARCHIVED",
    "LAUNCH_FIGURES",
    "LINKS_PATIENCE",
    "NOT_OPENED",
    "Course",
    "Listed",
    "Names",
    "PickShown",
    "Row",
    "anything_sent",
    "audience_of",
    "begun_without_launch",
    "campaigns",
    "checklist",
    "content_shown",
    "counted",
    "counts",
    "course",
    "due",
    "find_by_launch",
    "find_by_name",
    "get_campaign",
    "get_deleted",
    "latest",
    "launch_people",
    "left_out",
    "look_at",
    "page_of",
    "people",
    "people_of",
    "segments_used",
    "sentence",
    "trouble_words",
    "unfinished_launches",
    "using_segment",
    "words_digest",
]
