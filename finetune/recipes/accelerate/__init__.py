"""Files of ``accelerate`` for several GPUs."""
