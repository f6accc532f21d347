"""What another service installs to talk to Launchpad Apps; it imports nothing else of ours."""
