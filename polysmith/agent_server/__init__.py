"""The agent as a server that clients of the chat-completions protocol can talk to."""
