"""Everything the system can be asked to show: tables, rows and the questions put to them."""
