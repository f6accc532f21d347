"""HTTP: the same commands as on the bus, the outcomes, and apps as their developers see them."""
