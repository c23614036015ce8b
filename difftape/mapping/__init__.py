"""Every row of a file: a compiled gradient over any number of rows, none lost, resumable, on one machine or several."""
