"""Practice: compared takes, campaigns, e-mail drafts, and the page that records takes."""
