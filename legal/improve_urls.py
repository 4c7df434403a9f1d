"""Addresses of notices to improve, attendance contracts and the yearly return, under legal/."""

from django.urls import path

from legal.views import contracts, improving, papers, prm

urlpatterns = [
    path("improve/", improving.improvement_list, name="improvements"),
    path("improve/new/<int:pk>/", improving.improve_new, name="improve_new"),
    path("improve/<int:pk>/", improving.improve_page, name="improvement"),
    path("improve/<int:pk>/change/", improving.improve_change, name="improve_change"),
    path("improve/<int:pk>/issue/", improving.improve_issue, name="improve_issue"),
    path("improve/<int:pk>/serve/", improving.improve_serve, name="improve_serve"),
    path("improve/<int:pk>/end/", improving.improve_end, name="improve_end"),
    path("improve/<int:pk>/withdraw/", improving.improve_withdraw, name="improve_withdraw"),
    path("improve/decisions/<int:pk>/register/", improving.improve_register, name="improve_register"),
    path("contracts/", contracts.contract_list, name="contracts"),
    path("contracts/new/<int:pk>/", contracts.contract_new, name="contract_new"),
    path("contracts/<int:pk>/", contracts.contract_page, name="contract"),
    path("contracts/<int:pk>/change/", contracts.contract_change, name="contract_change"),
    path("contracts/<int:pk>/offer/", contracts.contract_offer, name="contract_offer"),
    path("contracts/<int:pk>/review/", contracts.contract_review, name="contract_review"),
    path("contracts/<int:pk>/end/", contracts.contract_end, name="contract_end"),
    path("contracts/answers/<int:pk>/", contracts.contract_answer, name="contract_answer"),
    path("contracts/answers/<int:pk>/copy/", contracts.contract_copy, name="contract_copy"),
    path("papers/<int:pk>/", papers.paper_state, name="legal_paper"),
    path("papers/<int:pk>/pdf/", papers.paper_pdf, name="legal_paper_pdf"),
    path("papers/<int:pk>/again/", papers.paper_again, name="legal_paper_again"),
    path("return/", prm.prm, name="prm"),
    path("return/download/<str:form>/", prm.prm_download, name="prm_download"),
    path("return/<str:key>/", prm.prm_rows, name="prm_rows"),
]
