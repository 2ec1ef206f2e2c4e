"""From the text of an assignment to its notebooks and public cases, and to sample submissions; ``handgrad new``."""
