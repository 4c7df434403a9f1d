from django.urls import path

from meetings.views import agreed, items, meetings, plan

urlpatterns = [
    path("meetings/", meetings.meeting_list, name="meetings"),
    path("meetings/plan/", plan.plan, name="term_plan"),
    path("meetings/plan/table.<str:form>", plan.plan_download, name="term_plan_download"),
    path("meetings/plan/set/", plan.plan_set, name="plan_set"),
    path("meetings/plan/<int:pk>/", plan.year_plan, name="year_plan"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("schools/<int:urn>/plan-meeting/", meetings.meeting_plan, name="meeting_plan"),
    path("meetings/<int:pk>/change/", meetings.meeting_change, name="meeting_change"),
    path("meetings/<int:pk>/cancel/", meetings.meeting_cancel, name="meeting_cancel"),
    path("meetings/<int:pk>/hold/", meetings.meeting_hold, name="meeting_hold"),
    path("meetings/<int:pk>/refresh/", meetings.meeting_refresh, name="meeting_refresh"),
    path("meetings/<int:pk>/add-item/", items.agenda_add, name="agenda_add"),
    path("agenda-items/<int:pk>/decide/", items.agenda_decide, name="agenda_decide"),
    path("meetings/<int:pk>/add-action/", agreed.action_add, name="action_add"),
    path("actions/", agreed.action_list, name="actions"),
    path("actions/<int:pk>/", agreed.action, name="action"),
    path("actions/<int:pk>/progress/", agreed.action_progress, name="action_progress"),
]
