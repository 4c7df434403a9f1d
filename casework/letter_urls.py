"""Where letters, their templates and print runs are, and reports on a pupil."""

from django.urls import path

from casework.views import letter_templates, letters, print_runs, pupil_reports

urlpatterns = [
    path("letters/", letters.letters, name="letters"),
    path("letters/<int:pk>/", letters.letter, name="letter"),
    path("letters/<int:pk>/progress/", letters.letter_progress, name="letter_progress"),
    path("letters/<int:pk>/file/", letters.letter_file, name="letter_file"),
    path("letters/<int:pk>/sent/", letters.letter_sent, name="letter_sent"),
    path("letters/<int:pk>/email/", letters.letter_email, name="letter_email"),
    path("letters/<int:pk>/withdraw/", letters.letter_withdraw, name="letter_withdraw"),
    path("letters/<int:pk>/make-again/", letters.letter_again, name="letter_make_again"),
    path("pupils/<int:pk>/letters/", letters.pupil_letters, name="pupil_letters"),
    path("pupils/<int:pk>/letters/<int:template>/", letters.letter_write, name="letter_write"),
    path("letters/templates/", letter_templates.letter_templates, name="letter_templates"),
    path("letters/templates/new/", letter_templates.letter_template_new, name="letter_template_new"),
    path("letters/templates/begin/", letter_templates.letter_templates_begin, name="letter_templates_begin"),
    path("letters/templates/<int:pk>/", letter_templates.letter_template, name="letter_template"),
    path("letters/templates/<int:pk>/change/", letter_templates.letter_template_change, name="letter_template_change"),
    path("letters/templates/<int:pk>/retire/", letter_templates.letter_template_retire, name="letter_template_retire"),
    path("letters/runs/", print_runs.print_runs, name="print_runs"),
    path("letters/runs/new/", print_runs.print_run_new, name="print_run_new"),
    path("letters/runs/<int:pk>/", print_runs.print_run, name="print_run"),
    path("letters/runs/<int:pk>/progress/", print_runs.print_run_progress, name="print_run_progress"),
    path("letters/runs/<int:pk>/file/", print_runs.print_run_file, name="print_run_file"),
    path("letters/runs/<int:pk>/posted/", print_runs.print_run_posted, name="print_run_posted"),
    path("letters/runs/<int:pk>/cancel/", print_runs.print_run_cancel, name="print_run_cancel"),
    path("letters/runs/<int:pk>/again/", print_runs.print_run_again, name="print_run_again"),
    path("pupils/<int:pk>/reports/", pupil_reports.pupil_reports, name="pupil_reports"),
    path("pupil-reports/<int:pk>/", pupil_reports.pupil_report, name="pupil_report"),
    path("pupil-reports/<int:pk>/progress/", pupil_reports.pupil_report_progress, name="pupil_report_progress"),
    path("pupil-reports/<int:pk>/file/", pupil_reports.pupil_report_file, name="pupil_report_file"),
    path("pupil-reports/<int:pk>/meeting/", pupil_reports.pupil_report_meeting, name="pupil_report_meeting"),
    path("pupil-reports/<int:pk>/again/", pupil_reports.pupil_report_again, name="pupil_report_again"),
]
