"""Options, reports and start-up work that several commands share."""
