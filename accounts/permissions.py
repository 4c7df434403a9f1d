"""Permissions are named for acts. Which role may do which act is said once, in `accounts.roles`."""

from enum import StrEnum


class Permission(StrEnum):
    SEE_SCHOOLS = "see_schools"
    SEE_PUPILS = "see_pupils"
    SEE_PARENTS = "see_parents"
    SEARCH = "search"
    UPLOAD_REGISTER = "upload_register"
    UNDO_LOAD = "undo_load"
    EDIT_PEOPLE = "edit_people"
    EDIT_CALENDAR = "edit_calendar"
    SEE_AUTHORITY_FIGURES = "see_authority_figures"
    SET_POLICY = "set_policy"
    MANAGE_USERS = "manage_users"
    MANAGE_POSTINGS = "manage_postings"
    MANAGE_AUTHORITY = "manage_authority"
    SEE_AUDIT = "see_audit"
