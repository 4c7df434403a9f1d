from django.urls import path

from legal.views import batches, bulk, evidence, routing

urlpatterns = [
    path("legal/holidays/", batches.holiday_batches, name="holiday_batches"),
    path("legal/holidays/new/", batches.holiday_new, name="holiday_new"),
    path("legal/holidays/<int:pk>/", batches.holiday_batch, name="holiday_batch"),
    path("legal/holidays/<int:pk>/checklist/", batches.holiday_checklist, name="holiday_checklist"),
    path("legal/holidays/<int:pk>/attach/", evidence.holiday_attach, name="holiday_attach"),
    path("legal/holidays/<int:pk>/submit/", batches.holiday_submit, name="holiday_submit"),
    path("legal/holidays/<int:pk>/consider/", batches.holiday_consider, name="holiday_consider"),
    path("legal/holidays/<int:pk>/check/", batches.holiday_check, name="holiday_check"),
    path("legal/bulk/<int:pk>/", bulk.bulk_issue, name="bulk_issue"),
    path("legal/bulk/<int:pk>/progress/", bulk.bulk_progress, name="bulk_progress"),
    path("legal/bulk/<int:pk>/confirm/", bulk.bulk_confirm, name="bulk_confirm"),
    path("legal/bulk/<int:pk>/drop/", bulk.bulk_drop, name="bulk_drop"),
    path("legal/bulk/<int:pk>/posted/", bulk.bulk_posted, name="bulk_posted"),
    path("legal/bulk/<int:pk>/pdf/", bulk.bulk_pdf, name="bulk_pdf"),
    path("legal/routes/", routing.legal_routes, name="legal_routes"),
    path("legal/evidence/<int:pk>/", evidence.evidence_file, name="evidence_file"),
    path("legal/evidence/<int:pk>/remove/", evidence.evidence_remove, name="evidence_remove"),
    path("notice-requests/<int:pk>/attach/", evidence.request_attach, name="request_attach"),
]
