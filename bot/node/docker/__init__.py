"""Runs suites in containers of an engine that speaks Docker's API: Docker, Podman."""
