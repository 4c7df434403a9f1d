from django.urls import path

from attendance import feed_views, rating_views, supply_views, views

urlpatterns = [
    path("schools/<int:urn>/upload/", views.upload, name="school_upload"),
    path("schools/<int:urn>/extracts/", views.of_school, name="school_extracts"),
    path("schools/<int:urn>/supply/", supply_views.of_school, name="supply"),
    path("supply/<int:pk>/end/", supply_views.end, name="supply_end"),
    path("extracts/<int:pk>/", views.extract, name="extract"),
    path("extracts/<int:pk>/columns/", views.columns, name="extract_mapping"),
    path("extracts/<int:pk>/progress/", views.progress, name="extract_progress"),
    path("extracts/<int:pk>/again/", views.again, name="extract_retry"),
    path("extracts/<int:pk>/original/", views.original, name="extract_original"),
    path("extracts/<int:pk>/rejected/", views.rejected, name="extract_rejected"),
    path("extracts/<int:pk>/undo/", views.undo, name="extract_undo"),
    path("ratings/", rating_views.board, name="ratings"),
    path("ratings/run/", rating_views.run, name="ratings_run"),
    path("ratings/progress/", rating_views.progress, name="ratings_progress"),
    path("ratings/<int:pk>/", rating_views.rating, name="rating"),
    path("ratings/<int:pk>/moderate/", rating_views.moderate, name="rating_moderate"),
    path("feeds/", feed_views.feeds, name="feeds"),
    path("feeds/connect/", feed_views.feeds_connect, name="feeds_connect"),
    path("feeds/disconnect/", feed_views.feeds_disconnect, name="feeds_disconnect"),
    path("feeds/refresh/", feed_views.feeds_refresh, name="feeds_refresh"),
    path("feeds/<int:pk>/", feed_views.feed, name="feed"),
    path("feeds/<int:pk>/begin/", feed_views.feed_begin, name="feed_begin"),
    path("feeds/<int:pk>/pause/", feed_views.feed_pause, name="feed_pause"),
    path("feeds/<int:pk>/fetch/", feed_views.feed_fetch, name="feed_fetch"),
]
