"""What the feed pages ask for."""

from __future__ import annotations

from django import forms


class TokenForm(forms.Form):
    token = forms.CharField(
        label="Access token",
        max_length=300,
        help_text="Made for the authority in Wonde. It is kept encrypted and never shown again.",
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the access token"},
    )

    def clean_token(self) -> str:
        token = str(self.cleaned_data["token"]).strip()
        if not token.isascii() or not token.isprintable() or " " in token:
            raise forms.ValidationError("An access token is one word without spaces. Copy it again from Wonde.")
        return token
