"""The console: a web page that shows and changes what the server stores.

All of its files are in this package. Its pages load nothing from elsewhere, and run no script but its own files.
"""
