"""Running the exam: agents and models answer tasks, and what they answer is kept line by line."""
