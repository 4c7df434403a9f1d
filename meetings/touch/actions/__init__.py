"""What people do to keep in touch. Each module is one part of it; `problems` says why something cannot be done."""
