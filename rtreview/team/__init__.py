"""A team's own references: read, verified, and joined with ours."""
