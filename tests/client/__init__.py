"""What other services install."""
