"""What does a real browser show of a page, with every request through our recorder?"""
