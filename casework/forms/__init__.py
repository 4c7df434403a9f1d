"""What pages about cases ask for. A form checks its own fields; whether the change is right is the action's to say."""
