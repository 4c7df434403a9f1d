"""Papers for committees and schools: asked for (actions), read (figures), written (report, profile), made and kept (making)."""
