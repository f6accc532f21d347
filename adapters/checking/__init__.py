"""The gateway's check: what was presented, whether it opens a product now, and who fails too often."""
