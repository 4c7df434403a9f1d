"""Deadlines, orders, who may sign, what may be done for a child, and notes of legal advice."""

from django.urls import path

from legal.views import advice, authorised, deadlines, orders, running

urlpatterns = [
    path("legal/deadlines/", deadlines.board, name="deadlines"),
    path("legal/deadlines/download/<str:form>/", deadlines.board_download, name="deadlines_download"),
    path("legal/authorised/", authorised.authorised_list, name="authorised"),
    path("legal/authorised/new/", authorised.authorised_new, name="authorised_new"),
    path("legal/authorised/download/<str:form>/", authorised.authorised_download, name="authorised_download"),
    path("legal/authorised/<int:pk>/end/", authorised.authorised_end, name="authorised_end"),
    path("legal/authorised/<int:pk>/file/", authorised.authorised_file, name="authorised_file"),
    path("legal/orders/", orders.order_list, name="orders"),
    path("legal/orders/<int:pk>/", orders.order_page, name="order"),
    path("legal/orders/<int:pk>/end/", orders.order_end, name="order_end"),
    path("legal/pupils/<int:pk>/running/", running.legal_running, name="legal_running"),
    path("legal/pupils/<int:pk>/", orders.legal_pupil, name="legal_pupil"),
    path("legal/pupils/<int:pk>/orders/new/", orders.order_new, name="order_new"),
    path("legal/pupils/<int:pk>/advice/", advice.pupil_advice, name="advice_pupil"),
    path("notice-requests/<int:pk>/advice/", advice.request_advice, name="advice_request"),
    path("notices/<int:pk>/advice/", advice.notice_advice, name="advice_notice"),
]
