"""What people bring: files of threads, exports, WARCs and WACZs, lists of watches."""
