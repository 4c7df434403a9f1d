"""From the decision to the end of a notice: what schools confirm, money, letters, public places and proof."""

from django.urls import path

from legal.views import confirmations

urlpatterns = [
    path("legal/confirmations/", confirmations.confirmation_list, name="confirmations"),
    path("legal/confirmations/<int:pk>/", confirmations.confirmation, name="confirmation"),
    path("legal/confirmations/schools/<int:pk>/", confirmations.confirm_school, name="confirm_school"),
    path("notice-requests/<int:pk>/ask-school/", confirmations.request_ask, name="request_ask"),
    path("pupils/<int:pk>/ask-school/", confirmations.pupil_ask, name="pupil_ask"),
    path("legal/holidays/<int:pk>/ask-school/", confirmations.batch_ask, name="batch_ask"),
]
