"""The console: a web page that shows and changes what the server stores.

All files of the console are in this package. Its pages load no other files, and run no other scripts.
"""
