"""Addresses of contacts, visits, blitzes, files and moved entries."""

from django.urls import path

from casework.views import blitzes, calls, files, moving, visits

urlpatterns = [
    path("cases/<int:pk>/call/", calls.case_call, name="case_call"),
    path("cases/<int:pk>/files/add/", files.case_file_add, name="case_file_add"),
    path("cases/<int:pk>/files/<int:file>/", files.case_file, name="case_file"),
    path("cases/<int:pk>/files/<int:file>/remove/", files.case_file_remove, name="case_file_remove"),
    path("entries/<int:pk>/move/", moving.entry_move, name="entry_move"),
    path("moved-entries/", moving.moved_entries, name="moved_entries"),
    path("visits/", visits.visits, name="visits"),
    path("cases/<int:pk>/visit/", visits.visit_plan, name="visit_plan"),
    path("cases/<int:pk>/visits/", visits.case_visits, name="case_visits"),
    path("visits/<int:pk>/", visits.visit, name="visit"),
    path("visits/<int:pk>/<slug:do>/", visits.visit_do, name="visit_do"),
    path("blitzes/", blitzes.blitzes, name="blitzes"),
    path("blitzes/new/", blitzes.blitz_new, name="blitz_new"),
    path("blitzes/<int:pk>/", blitzes.blitz, name="blitz"),
    path("blitzes/<int:pk>/take/", blitzes.blitz_take, name="blitz_take"),
    path("blitzes/<int:pk>/children/<int:child>/", blitzes.blitz_child, name="blitz_child"),
]
