"""What can be found in the words of a message.

`transcript` has words and their times, and `content` collects everything that is found in them: fillers,
numbers, names, phrases and more. Nothing here depends on the engine that wrote the words.
"""
