"""The pages people work from. Each loads what the user may see, makes one call, answers."""
