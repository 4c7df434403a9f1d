"""From the decision to the end of a notice: what schools confirm, money, letters, public places and proof."""

from django.urls import path

from legal.views import confirmations, income, proof, public_place

urlpatterns = [
    path("legal/confirmations/", confirmations.confirmation_list, name="confirmations"),
    path("legal/confirmations/<int:pk>/", confirmations.confirmation, name="confirmation"),
    path("legal/confirmations/schools/<int:pk>/", confirmations.confirm_school, name="confirm_school"),
    path("notice-requests/<int:pk>/ask-school/", confirmations.request_ask, name="request_ask"),
    path("pupils/<int:pk>/ask-school/", confirmations.pupil_ask, name="pupil_ask"),
    path("legal/holidays/<int:pk>/ask-school/", confirmations.batch_ask, name="batch_ask"),
    path("notice-requests/<int:pk>/history/", proof.request_history, name="request_history"),
    path("legal/history-of/<slug:kind>/<int:pk>/", proof.legal_trail, name="legal_trail"),
    path("legal/income/", income.income_queue, name="income"),
    path("legal/income/<int:pk>/", income.income_line, name="income_line"),
    path("legal/income/files/<int:pk>/", income.income_file, name="income_file"),
    path("legal/letters/<int:pk>/", proof.legal_letter, name="legal_letter"),
    path("legal/parents/<int:pk>/e-mail/", income.email_service, name="email_service"),
    path("notices/<int:pk>/refund/", income.notice_refund, name="notice_refund"),
    path("notices/<int:pk>/give-back/", income.notice_give_back, name="notice_give_back"),
    path("notices/<int:pk>/outcome/", income.notice_outcome, name="notice_outcome"),
    path("legal/public-place/", public_place.public_places, name="public_places"),
    path("legal/public-place/<int:pk>/", public_place.public_place, name="public_place"),
    path("legal/public-place/<int:pk>/<slug:act>/", public_place.public_place_act, name="public_place_act"),
    path("pupils/<int:pk>/public-place-notice/", public_place.public_place_new, name="public_place_new"),
]
