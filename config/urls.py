from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("schools.urls")),
    path("", include("attendance.urls")),
    path("", include("casework.urls")),
    path("", include("meetings.urls")),
    path("", include("legal.urls")),
    path("", include("dashboards.urls")),
    path("api/v1/", include("config.api")),
]

handler400 = "accounts.views.not_understood"
handler403 = "accounts.views.refused"
handler404 = "accounts.views.not_found"
handler500 = "accounts.views.broken"
