"""How exactly recorded GenAI traces are read: what is right of what a recording contains."""
