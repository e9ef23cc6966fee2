"""Real servers on loopback that speak a provider's protocol, well or badly, by the model's name."""
