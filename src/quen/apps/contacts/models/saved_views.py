"""Lists of contacts that members have saved under a name."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from quen.core.privacy import PersonalData


class SavedView(models.Model):
    """A filter of the contact list with its order and columns, under a name (CON-38).

    Personal data: what a member typed as a search text or condition.
    """

    personal_data = PersonalData(
        kept={"query": "what staff look for, until they delete the view"},
        staff="member_id",
        impersonal="name",
    )

    name = models.CharField(_("name"), max_length=60)
    #: whose it is; of a view for the whole team who saved it
    member_id = models.BigIntegerField()
    for_team = models.BooleanField(default=False)
    #: the query string of the list, as ``ListState`` writes it
    query = models.TextField()
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-for_team", "name", "id"]
        constraints = [
            models.UniqueConstraint("member_id", "for_team", Upper("name"), name="saved_view_name_unique")
        ]

    def __str__(self) -> str:
        return self.name
