"""URLs for the tests of the layout."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path


def nothing(request: HttpRequest, pk: int = 0) -> HttpResponse:
    return HttpResponse("nothing")


shop = ([path("", nothing, name="list"), path("<int:pk>/", nothing, name="item")], "shop")
urlpatterns = [
    path("", nothing, name="home"),
    path("shop/", include(shop)),
    path("team/", nothing, name="team"),
    path("ui/", include("quen.ui.urls")),
]
