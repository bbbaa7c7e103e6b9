"""The console: web pages that show and change the data on the server.

All files of the console are in this package. The console's pages load no files and run no scripts from other servers.
"""
