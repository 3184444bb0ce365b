"""The voices of training and of the practice messages: eight to fit on, twelve others to report figures."""

FIT_VOICES = (*("af_alloy", "af_bella", "af_sky", "am_adam", "am_echo", "am_puck", "bf_alice", "bm_daniel"),)
HELD_OUT_VOICES = (
    *("af_aoede", "af_heart", "af_nicole", "af_river", "af_sarah", "am_liam", "am_michael", "am_santa"),
    *("bf_emma", "bf_isabella", "bm_fable", "bm_george"),
)
