"""manage.py create_administrator EMAIL --name NAME: the first user of a new deployment."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts import actions, clock


class Command(BaseCommand):
    help = "Make an administrator, who then invites everybody else. Asks for the password, or reads it from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True)

    @transaction.atomic
    def handle(self, *, email: str, name: str, **options: Any) -> None:
        try:
            validate_email(email)
            user = actions.invite(by=None, now=clock.now(), name=name, email=email, role="administrator")
            password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
            validate_password(password, user)
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from None
        except actions.UserProblem as problem:
            raise CommandError(str(problem)) from None
        actions.accept_invitation(user=user, password=password)
        self.stdout.write(f"{user.email} may sign in now, as administrator.")
