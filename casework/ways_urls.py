"""How a child comes to the attendance team, and to one officer of it."""

from django.urls import path

from casework.views import allocation, family, merging, referrals

urlpatterns = [
    path("pupils/<int:pk>/refer/", referrals.case_refer, name="case_refer"),
    path("cases/referrals/", referrals.referrals, name="referrals"),
    path("cases/referrals/<int:pk>/", referrals.referral, name="referral"),
    path("cases/referrals/<int:pk>/write/", referrals.referral_write, name="referral_write"),
    path("cases/referrals/<int:pk>/take-back/", referrals.referral_withdraw, name="referral_withdraw"),
    path("cases/referrals/<int:pk>/tell/", referrals.referral_tell, name="referral_tell"),
    path("cases/referrals/<int:pk>/triage/<slug:act>/", referrals.referral_triage, name="referral_triage"),
    path("pupils/<int:pk>/family/<int:other>/", family.family_link, name="family_link"),
    path("pupils/<int:pk>/known-twice/", merging.pupil_same, name="pupil_same"),
    path("pupils/<int:pk>/merge/<int:other>/", merging.pupil_merge, name="pupil_merge"),
    path("merges/<int:pk>/undo/", merging.merge_undo, name="merge_undo"),
    path("cases/waiting/", allocation.cases_waiting, name="cases_waiting"),
    path("cases/team/", allocation.case_team, name="case_team"),
    path("cases/team/<int:pk>/cases/", allocation.cases_move, name="cases_move"),
    path("cases/team/cover/", allocation.cover_arrange, name="cover_arrange"),
    path("cases/team/cover/<int:pk>/end/", allocation.cover_end, name="cover_end"),
    path("cases/team/specialists/", allocation.specialist_name, name="specialist_name"),
    path("cases/team/specialists/<int:pk>/end/", allocation.specialist_end, name="specialist_end"),
]
