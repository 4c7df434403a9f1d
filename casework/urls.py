from django.urls import include, path

from casework.views import assessments, cases, part_time, plans, safeguarding, sequences, tasks, work

urlpatterns = [
    path("", include("casework.letter_urls")),
    path("", include("casework.visit_urls")),
    path("", include("casework.ways_urls")),
    path("", include("casework.missing_urls")),
    path("cases/", cases.cases, name="cases"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("pupils/<int:pk>/open-case/", cases.case_open, name="case_open"),
    path("cases/<int:pk>/assign/", work.case_assign, name="case_assign"),
    path("cases/<int:pk>/contact/", work.case_contact, name="case_contact"),
    path("cases/<int:pk>/note/", work.case_note, name="case_note"),
    path("cases/<int:pk>/stage/", work.case_stage, name="case_stage"),
    path("cases/<int:pk>/close/", work.case_close, name="case_close"),
    path("safeguarding/", safeguarding.safeguarding, name="safeguarding"),
    path("pupils/<int:pk>/safeguarding/", safeguarding.consider, name="consider"),
    path("safeguarding/<int:pk>/outcome/", safeguarding.consideration_outcome, name="consideration_outcome"),
    path("part-time/", part_time.part_time_uncovered, name="part_time_uncovered"),
    path("cases/<int:pk>/assessment/", assessments.case_assessment, name="case_assessment"),
    path("cases/<int:pk>/assess/", assessments.case_assess, name="case_assess"),
    path("cases/<int:pk>/plan/", plans.case_plan, name="case_plan"),
    path("cases/<int:pk>/plan-review/", plans.case_plan_review, name="case_plan_review"),
    path("cases/<int:pk>/add-action/", plans.plan_action_add, name="plan_action_add"),
    path("plan-actions/<int:pk>/close/", plans.plan_action_close, name="plan_action_close"),
    path("cases/stages/", sequences.sequences, name="sequences"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/drop/", tasks.task_drop, name="task_drop"),
]
