"""Practice: takes compared, campaigns, e-mail drafts, and the page that records takes."""
