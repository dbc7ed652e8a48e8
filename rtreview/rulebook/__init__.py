"""What a rule is and what it says: reference sections, rules joined with them, outcomes and findings."""
