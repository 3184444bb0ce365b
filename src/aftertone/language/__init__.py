"""What can be measured in the words.

`transcript` says what words are, `engines` where they come from, and the rest what is found in them:
`fillers`, `numbers`, `names`, `phrases`. Nothing here knows which engine heard the words.
"""
