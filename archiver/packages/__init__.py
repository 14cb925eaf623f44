"""Packages: what leaves the archive, in formats that others read. Shapes: docs/reference."""
