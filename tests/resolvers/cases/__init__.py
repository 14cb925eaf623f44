"""What services answered, as rows; tests/resolvers/test_services.py runs them."""
