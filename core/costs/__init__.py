"""What things cost: prices, charges, estimates, sums."""
