"""From graded submissions to what people read: the report, the feedback, and tables of marks."""
