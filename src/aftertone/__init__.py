"""aftertone listens to recorded voicemails and says how well they were left."""
