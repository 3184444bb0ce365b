"""From words to sound: speech synthesis with natural voices."""
