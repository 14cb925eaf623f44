"""Entry: builds the services, registers the jobs, runs the loop."""
