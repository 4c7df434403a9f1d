"""Children who are not simply absent: missing from education, gone from a register, in care. Rules, and what follows a load."""
