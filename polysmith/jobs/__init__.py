"""Jobs in processes of their own: what servers do for others can be stopped, limited, and run side by side."""
