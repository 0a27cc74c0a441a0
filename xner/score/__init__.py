"""How well a candidate stands for an entity. A new score is a module here, registered in `scorers`."""
