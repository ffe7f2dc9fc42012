"""Where a language model helps: it proposes, and rules, tools and checks dispose. Without one, the rules work alone."""
