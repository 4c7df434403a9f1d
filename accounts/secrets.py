"""Secrets that are kept to be used again are encrypted with a key made of the secret key and what they are for.

A copy of the database alone does not give them away, and one kind cannot be read in the place of another.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class Unreadable(ValueError):
    """Encrypted with another secret key than the deployment's present one, or not by us."""


def encrypt(text: str, *, purpose: str) -> str:
    return _fernet(purpose).encrypt(text.encode()).decode()


def decrypt(encrypted: str, *, purpose: str) -> str:
    try:
        return _fernet(purpose).decrypt(encrypted.encode()).decode()
    except InvalidToken:
        raise Unreadable("This secret was kept under another secret key. Enter it again.") from None


def _fernet(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"{purpose}:{settings.SECRET_KEY}".encode()).digest()))
