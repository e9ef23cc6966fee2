"""What people, judges and checks say of answers, and how far it can be trusted: statistics over frozen records."""
