"""The checks of the check list (CAM-56) that every campaign has. Other apps and the channel add theirs."""

from quen.apps.campaigns.checks.audience import check_audience, check_reach, check_topic
from quen.apps.campaigns.checks.content import check_content, check_links
from quen.apps.campaigns.checks.sender import check_permission_reminder, check_sender_details, check_terms
from quen.apps.campaigns.checks.sending import (
    check_channel,
    check_connection,
    check_send_time,
    check_sender,
)

CHECKS = (
    check_terms,
    check_sender_details,
    check_permission_reminder,
    check_audience,
    check_topic,
    check_reach,
    check_content,
    check_links,
    check_sender,
    check_connection,
    check_channel,
    check_send_time,
)
