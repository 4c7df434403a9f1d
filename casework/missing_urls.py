"""Children missing education, joint enquiries, and children with a social worker."""

from django.urls import path

from casework.views import care, enquiries, missing, searching

urlpatterns = [
    path("missing/", missing.children, name="missing"),
    path("missing/refer/", missing.missing_refer_unknown, name="missing_refer_unknown"),
    path("missing/tracing/", searching.missing_tracing, name="missing_tracing"),
    path("missing/meeting/", searching.missing_meeting_list, name="missing_meeting"),
    path("missing/meeting/list.<slug:form>", searching.missing_meeting_download, name="missing_meeting_download"),
    path("missing/grounds/", searching.ungrounded, name="ungrounded"),
    path("missing/<int:pk>/", missing.child, name="missing_child"),
    path("missing/<int:pk>/lead/", missing.missing_lead, name="missing_lead"),
    path("missing/<int:pk>/found/", missing.missing_found, name="missing_found"),
    path("missing/<int:pk>/note/", missing.missing_note, name="missing_note"),
    path("missing/<int:pk>/check/", searching.missing_check, name="missing_check"),
    path("missing/<int:pk>/apply/", searching.missing_apply, name="missing_apply"),
    path("missing/<int:pk>/decide/", searching.missing_meeting_decide, name="missing_meeting_decide"),
    path("missing/<int:pk>/close/", missing.missing_close, name="missing_close"),
    path("missing/checks/<int:pk>/", searching.missing_check_answer, name="missing_check_answer"),
    path("missing/applications/<int:pk>/", searching.missing_decide, name="missing_decide"),
    path("pupils/<int:pk>/missing/", missing.missing_refer, name="missing_refer"),
    path("vacancies/", searching.vacancies, name="vacancies"),
    path("schools/<int:urn>/vacancies/", searching.vacancies_declare, name="vacancies_declare"),
    path("enquiries/", enquiries.enquiries, name="enquiries"),
    path("enquiries/<int:pk>/", enquiries.enquiry, name="enquiry"),
    path("enquiries/<int:pk>/record/", enquiries.enquiry_step, name="enquiry_step"),
    path("enquiries/<int:pk>/conclude/", enquiries.enquiry_conclude, name="enquiry_conclude"),
    path("first-day/", care.first_day, name="first_day"),
    path("first-day/<int:pk>/", care.first_day_respond, name="first_day_respond"),
    path("social-worker/<int:pk>/", care.tell_worker, name="tell_worker"),
    path("care/", care.care_children, name="care_children"),
    path("care/list.<slug:form>", care.care_download, name="care_download"),
    path("care/summary/", care.summary_ask, name="summary_ask"),
    path("care/summary/<int:pk>/", care.summary, name="summary"),
    path("care/summary/<int:pk>/summary.pdf", care.summary_pdf, name="summary_pdf"),
    path("care/<int:pk>/", care.care_child, name="care_child"),
]
