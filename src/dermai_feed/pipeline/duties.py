"""The names of what the daemon does by itself: keys of `store.duties`, each with when it was done last."""

DIGEST = "digest"  # note: the last week that was closed
DEGRADED = "degraded"  # note: why the issue that was closed last rests on too little; empty when it does not
SINCE = "sending"  # note: the last week that was closed before editions were sent by themselves
NEWS = "news"  # when a round last changed the corpus
PREVIEW = "preview"
BACKUP = "backup"  # note: the name of the file
RETENTION = "retention"
