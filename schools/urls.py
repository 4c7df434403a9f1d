from django.urls import path

from schools.views import authority, calendar, people, postings, users

urlpatterns = [
    path("users/", users.users, name="users"),
    path("users/invite/", users.user_invite, name="user_invite"),
    path("users/<int:pk>/", users.user, name="user"),
    path("users/<int:pk>/disable/", users.user_disable, name="user_disable"),
    path("users/<int:pk>/enable/", users.user_enable, name="user_enable"),
    path("users/<int:pk>/invite-again/", users.user_invite_again, name="user_invite_again"),
    path("postings/", postings.postings, name="postings"),
    path("postings/give/", postings.posting_give, name="posting_give"),
    path("postings/<int:pk>/end/", postings.posting_end, name="posting_end"),
    path("school-contacts/", postings.school_contacts, name="school_contacts"),
    path("school-contacts/confirm/", postings.school_contacts_confirm, name="school_contacts_confirm"),
    path("authority/", authority.authority_settings, name="authority_settings"),
    path("policy/", authority.policy_page, name="policy"),
    path("policy/<slug:key>/", authority.policy_value, name="policy_value"),
    path("schools/<int:urn>/calendar/", calendar.calendar, name="calendar"),
    path("schools/<int:urn>/calendar/add/", calendar.calendar_add, name="calendar_add"),
    path("schools/<int:urn>/calendar/<slug:kind>/<int:pk>/", calendar.calendar_edit, name="calendar_edit"),
    path("schools/<int:urn>/calendar/<slug:kind>/<int:pk>/remove/", calendar.calendar_remove, name="calendar_remove"),
    path("schools/<int:urn>/roll/", calendar.roll, name="roll"),
    path("schools/<int:urn>/pupils/add/", people.pupil_add, name="pupil_add"),
    path("pupils/<int:pk>/edit/", people.pupil_edit, name="pupil_edit"),
    path("pupils/<int:pk>/enrolments/add/", people.enrolment_add, name="enrolment_add"),
    path("enrolments/<int:pk>/edit/", people.enrolment_edit, name="enrolment_edit"),
    path("pupils/<int:pk>/parents/add/", people.parent_add, name="parent_add"),
    path("parents/<int:pk>/edit/", people.parent_edit, name="parent_edit"),
    path("parents/<int:pk>/unlink/", people.parent_unlink, name="parent_unlink"),
    path("pupils/<int:pk>/characteristics/add/", people.characteristic_add, name="characteristic_add"),
    path("characteristics/<int:pk>/edit/", people.characteristic_edit, name="characteristic_edit"),
]
