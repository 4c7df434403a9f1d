"""The doors of this app, by what they are about: each loads what the user may see, makes one call and answers."""
