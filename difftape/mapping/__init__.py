"""Every row of a file: a compiled gradient over rows of any number, none lost, resumable, in processes or on a cluster."""
