from django.urls import path

from legal.views import history, others, persons

urlpatterns = [
    path("history/", history.history, name="history"),
    path("history/load/", history.history_load, name="history_load"),
    path("history/load/confirm/", history.history_confirm, name="history_confirm"),
    path("history/receipts/", history.history_receipts, name="history_receipts"),
    path("history/receipts/<int:pk>/rejected/", history.history_rejected, name="history_rejected"),
    path("history/sign-off/", history.history_sign_off, name="history_sign_off"),
    path("history/sign-off/<int:pk>/take-back/", history.history_take_back, name="history_take_back"),
    path("history/<int:pk>/", history.historic_record, name="historic_record"),
    path("history/<int:pk>/whose/", history.historic_whose, name="historic_whose"),
    path("history/<int:pk>/forget/", history.historic_forget, name="historic_forget"),
    path("history/<int:pk>/correct/", history.historic_correct, name="historic_correct"),
    path("history/<int:pk>/set-aside/", history.historic_set_aside, name="historic_set_aside"),
    path("same-person/", persons.same_persons, name="same_persons"),
    path("same-person/<int:one>/<int:other>/", persons.same_person, name="same_person"),
    path("same-person/answers/<int:pk>/take-back/", persons.same_person_take_back, name="same_person_take_back"),
    path("same-person/children/<int:one>/<int:other>/", persons.two_children, name="two_children"),
    path("same-person/children/answers/<int:pk>/take-back/", persons.two_children_take_back, name="two_children_take_back"),
    path("other-authorities/", others.other_authorities, name="other_authorities"),
    path("other-authorities/new/", others.other_authority_new, name="other_authority_new"),
    path("other-authorities/<int:pk>/", others.other_authority, name="other_authority"),
    path("other-authorities/<int:pk>/reply/", others.other_authority_reply, name="other_authority_reply"),
    path("other-authorities/<int:pk>/notice/", others.other_authority_notice, name="other_authority_notice"),
]
