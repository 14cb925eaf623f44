"""What is said of the archive, its threads and watches, in lines and in JSON."""
