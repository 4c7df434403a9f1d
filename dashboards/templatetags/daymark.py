"""Words and figures on screen, said the same way on every page."""

from django import template

register = template.Library()
