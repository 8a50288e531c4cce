from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "quen.ui"
    label = "ui"
