"""Schedule expressions, and the timetable that fires what is due on the service's clock."""
