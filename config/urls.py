from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include("accounts.urls")),
    path("", include("schools.urls")),
    path("", include("attendance.urls")),
    path("", include("dashboards.urls")),
]
