"""Three hundred open tasks, built from the handbook and the rules, for exams without data."""
