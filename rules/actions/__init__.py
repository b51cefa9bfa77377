"""What a rule can do: each action with its schema and the one function that compiles it."""
