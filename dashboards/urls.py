from django.urls import path

from dashboards.views import brand, home, pupils, schools, search

urlpatterns = [
    path("", home.home, name="home"),
    path("brand.css", brand.stylesheet, name="brand"),
    path("search/", search.results, name="search"),
    path("pupils/", pupils.at_risk, name="pupils_at_risk"),
    path("pupils/<int:pk>/", pupils.pupil, name="pupil"),
    path("schools/", schools.school_list, name="school_list"),
    path("schools/<int:urn>/", schools.school, name="school"),
]
