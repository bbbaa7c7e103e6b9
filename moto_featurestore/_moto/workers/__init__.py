"""Workers: forked and spawned processes that send their requests to the parent process, and so share its state."""
