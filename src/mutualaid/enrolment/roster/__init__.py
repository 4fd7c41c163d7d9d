"""The roster: its template, how a workbook is read, and what is wrong with its rows."""
