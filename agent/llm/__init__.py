"""Language models: the only place that talks to one. A model proposes; tools and checks dispose."""
