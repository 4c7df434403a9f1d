"""What the README tells a newcomer to type works as it stands there."""

import shlex
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.factories import make_school

README = Path(__file__).parents[2] / "README.md"
PREFIX = ".venv/bin/python manage.py "


@pytest.mark.django_db
def test_the_commands_of_the_readme_work_in_order(settings, capsys):
    settings.DAYMARK_TODAY = "2026-11-20"
    make_school("Example High School", urn=999001)
    commands = [line.strip().removeprefix(PREFIX) for line in README.read_text().splitlines() if line.strip().startswith(PREFIX)]
    assert len(commands) == 3
    for command in commands:
        call_command(*shlex.split(command))
    said = capsys.readouterr().out
    assert "loaded" in said
    assert "V999900126001" in said
    assert "possible sessions" in said


def test_the_files_the_readme_names_are_there():
    names = [part for part in README.read_text().replace("(", " ").replace(")", " ").split() if part.startswith(("docs/", "tests/data/"))]
    assert names
    assert [name for name in names if not (README.parent / name).exists()] == []
