"""Addresses of contacts, visits, blitzes, files and moved entries."""

from django.urls import path

from casework.views import calls

urlpatterns = [
    path("cases/<int:pk>/call/", calls.case_call, name="case_call"),
]
