from django.urls import path

from dashboards.views import borough, brand, compare, coverage, figures, home, papers, pupils, schools, search

urlpatterns = [
    path("", home.home, name="home"),
    path("borough/", borough.borough, name="borough"),
    path("borough/compare/", compare.compare, name="compare"),
    path("borough/<str:table>.<str:form>", borough.download, name="borough_download"),
    path("figures/", figures.figures, name="figures"),
    path("figures/table.<str:form>", figures.download, name="figures_download"),
    path("figures/ask/", figures.ask, name="figures_ask"),
    path("figures/asked/<int:pk>/", figures.progress, name="figures_progress"),
    path("officers/<int:pk>/", borough.officer, name="officer"),
    path("brand.css", brand.stylesheet, name="brand"),
    path("search/", search.results, name="search"),
    path("pupils/", pupils.at_risk, name="pupils_at_risk"),
    path("pupils/at-risk.<str:form>", pupils.download, name="pupils_download"),
    path("pupils/<int:pk>/", pupils.pupil, name="pupil"),
    path("pupils/<int:pk>/marks/<str:day>/", pupils.marks, name="pupil_marks"),
    path("schools/", schools.school_list, name="school_list"),
    path("schools/list.<str:form>", schools.download, name="schools_download"),
    path("schools/<int:urn>/", schools.school, name="school"),
    path("schools/<int:urn>/similar/", compare.similar, name="similar"),
    path("papers/", papers.papers, name="papers"),
    path("papers/ask/", papers.ask, name="paper_ask"),
    path("papers/<int:pk>/", papers.paper, name="paper"),
    path("papers/<int:pk>/progress/", papers.progress, name="paper_progress"),
    path("papers/<int:pk>/again/", papers.again, name="paper_again"),
    path("papers/<int:pk>/file.<str:form>", papers.file, name="paper_file"),
    path("registers/", coverage.grid, name="coverage"),
    path("registers/received.<str:form>", coverage.download, name="coverage_download"),
    path("schools/<int:urn>/registers/<str:day>/", coverage.day, name="coverage_day"),
]
