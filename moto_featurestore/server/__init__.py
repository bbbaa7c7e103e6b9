"""The server for clients in other processes, and the subcommands ``serve``, ``run`` and ``env``."""
