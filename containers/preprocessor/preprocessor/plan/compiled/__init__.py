"""The fitted transform as tables for a page of C, where it gives the same bits."""
