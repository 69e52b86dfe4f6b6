"""What model calls cost: prices with validity times, and the arithmetic of tokens."""
