"""Contacts for other systems: one or many, their changes, tags, fields, consent and activity."""

from ninja import Router

from quen.apps.contacts.api import activity, bulk, consents, people, settings, tags

router = Router()
for part in (people, bulk, tags, consents, activity, settings):
    router.add_router("", part.router)
