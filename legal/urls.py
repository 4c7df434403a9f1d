from django.urls import include, path

from legal import history_urls, holiday_urls
from legal.views import decisions, front, notices, requests

urlpatterns = [
    *holiday_urls.urlpatterns,
    path("legal/", include("legal.improve_urls")),
    path("legal/", front.legal_front, name="legal"),
    path("", include("legal.urls_tools")),
    path("", include("legal.flow_urls")),
    path("legal/", include(history_urls)),
    path("pupils/<int:pk>/request-notice/", requests.request_new, name="request_new"),
    path("notice-requests/", requests.request_list, name="requests"),
    path("notice-requests/<int:pk>/", requests.request_page, name="request"),
    path("notice-requests/<int:pk>/checklist/", requests.request_checklist, name="request_checklist"),
    path("notice-requests/<int:pk>/override/", requests.request_override, name="request_override"),
    path("notice-requests/<int:pk>/submit/", requests.request_submit, name="request_submit"),
    path("notice-requests/<int:pk>/take-back/", requests.request_take_back, name="request_take_back"),
    path("notice-requests/<int:pk>/consider/", decisions.request_consider, name="request_consider"),
    path("notice-requests/<int:pk>/decide/", decisions.request_decide, name="request_decide"),
    path("notice-decisions/<int:pk>/register/", decisions.request_register, name="request_register"),
    path("notices/", notices.notice_list, name="notices"),
    path("notices/<int:pk>/", notices.notice_page, name="notice"),
    path("notices/<int:pk>/document/", notices.notice_document, name="notice_document"),
    path("notices/<int:pk>/pdf/", notices.notice_pdf, name="notice_pdf"),
    path("notices/<int:pk>/make-again/", notices.notice_make_again, name="notice_make_again"),
    path("notices/<int:pk>/serve/", notices.notice_serve, name="notice_serve"),
    path("notices/<int:pk>/pay/", notices.notice_pay, name="notice_pay"),
    path("notices/<int:pk>/withdraw/", notices.notice_withdraw, name="notice_withdraw"),
    path("notices/<int:pk>/stands/", notices.notice_stands, name="notice_stands"),
    path("notices/<int:pk>/prosecute/", notices.notice_prosecute, name="notice_prosecute"),
    path("notices/<int:pk>/ask-school/", notices.notice_ask, name="notice_ask"),
    path("notices/decisions/<int:pk>/register/", notices.notice_register, name="notice_register"),
]
