"""Whisper models whose output is known, written by hand: the real engine runs, and nothing was trained.

A whisper decoder adds to each position its own vector, looks at the sound through cross-attention, and turns
the sum into a word. Here every other weight is zero, so a position's vector alone decides:

* it holds a one in a dimension of its own, its slot, which the output layer turns into a token;
* it holds a code of a time, near which alone the encoder's frames, coded alike, attract its attention.

`write_scripted_model` writes one script whatever it hears, and may write another after a prompt;
`write_tone_model` writes a word for each tone, and may take one of two languages by the first tone.
Needs numpy, CTranslate2 and tokenizers, as faster-whisper does. A model is 10 MB, written in half a second.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scripted = tuple[str, float, float, float]  # text, start_s, end_s, probability

FRAME_S = 0.02  # of the encoder's output, and of a time stamp
N_FRAMES, N_POSITIONS, N_MELS = 1500, 448, 80  # whisper's own sizes
N_SLOTS = 128
N_RATES = 32  # frequencies in a time code
N_CODE = 4 * N_RATES
SLOT_HEIGHT = 8.0  # of a slot's one, against the time code's ones
SURE = 0.999

TONES_HZ = tuple(range(400, 3400, 200))  # inside the telephone band, each in a mel band of its own
TONE_S = 0.5
TONE_SURE = 20.0  # logit of a word whose tone is there; of its rivals, 0


def write_scripted_model(
    folder: Path,
    script: Sequence[Scripted],
    *,
    stamps_s: Sequence[float] | None = None,
    no_speech: float = 0.01,
    after_prompt: tuple[str, Sequence[Scripted]] | None = None,
    vocabulary: Sequence[str] = (),
) -> Path:
    """Write a model that hears the script in anything.

    A text that starts with a space begins a word. `stamps_s` are the time stamps written after the text: by
    default one, at its end. Without any, faster-whisper looks again from the end of the last word.
    `after_prompt` is a prompt, and what is heard after one that is as many tokens; the script must be shorter
    than the prompt. `vocabulary` are texts that the tokenizer knows besides those of the scripts.
    """
    other = after_prompt[1] if after_prompt else ()
    spec, tokens = _blank([*vocabulary, *(text for text, *_ in (*script, *other))])
    plan = _plan(script, tokens, stamps_s)
    n_before = 0  # positions before the other script
    if after_prompt:
        n_before = 1 + len(tokens.tokenizer.encode(after_prompt[0], add_special_tokens=False).ids)
        if len(plan) > n_before:
            raise ValueError(f"a script of {len(plan)} tokens, and a prompt of {n_before} with its mark")
        plan += [plan[-1]] * (n_before - len(plan)) + _plan(other, tokens, None)
    if len(plan) > N_SLOTS:
        raise ValueError(f"{len(plan)} tokens, room for {N_SLOTS}")

    rivals = len(tokens) - (N_FRAMES + 1)
    stamp = tokens["<|0.00|>"]
    decoder = spec.decoder
    decoder.projection.bias[stamp:] = -30.0  # all 1,501 of them: else their sum outweighs a word
    for position in range(N_POSITIONS):
        slot = min(position, len(plan) - 1)
        decoder.position_encodings.encodings[position] = _position(slot, plan[slot][2])
    one = _slot_after_norm()
    for slot, (token, probability, _) in enumerate(plan):
        lift = 30.0 if token >= stamp else 0.0
        decoder.projection.weight[token, N_CODE + slot] = (_logit(probability, rivals) + lift) / one
    # read off at the first position, whose other outputs are the stamp (at SURE) and the rest at 0
    rest = rivals / (1 - SURE)
    for slot in {0, n_before}:
        decoder.projection.weight[tokens["<|nospeech|>"], N_CODE + slot] = (
            np.log(no_speech / (1 - no_speech) * rest) / one
        )
    return _write(spec, tokens, folder)


def _plan(
    script: Sequence[Scripted], tokens: _Tokens, stamps_s: Sequence[float] | None
) -> list[tuple[int, float, float]]:
    """Token, probability and time of each step: a time stamp, the text, time stamps, the end."""
    stamp = tokens["<|0.00|>"]
    plan = [(stamp, SURE, 0.0)]
    for text, start_s, end_s, probability in script:
        pieces = _pieces(text)
        step_s = (end_s - start_s) / len(pieces)
        plan += [(tokens[p], probability, start_s + (i + 0.5) * step_s) for i, p in enumerate(pieces)]
    last_s = max((end_s for _, _, end_s, _ in script), default=0.0)
    for stamp_s in [last_s] * bool(script) if stamps_s is None else stamps_s:
        plan.append((stamp + round(stamp_s / FRAME_S), SURE, last_s + 0.15))
    plan.append((tokens["<|endoftext|>"], SURE, last_s + 0.15))  # inside the sound, or nothing is aligned
    return plan


def write_tone_model(folder: Path, words: Sequence[str], languages: Sequence[str] = ("en",)) -> Path:
    """Write a model that hears word i (with its leading space) in half a second of tone i, till a silence.

    Up to a second of silence before the first tone is a comma.

    With several languages it is multilingual, and takes the first tone's language: the first, unless the tone
    is one of the last ones, which are for the languages after it.
    """
    n_before = 2 if len(languages) > 1 else 0  # a multilingual prompt has language and task
    if len(words) > len(TONES_HZ):
        raise ValueError(f"{len(words)} words, {len(TONES_HZ)} tones")
    from faster_whisper.feature_extractor import FeatureExtractor

    spec, tokens = _blank([*words, ","], languages)
    stamp, end = tokens["<|0.00|>"], tokens["<|endoftext|>"]
    first, ends = (
        N_CODE + N_SLOTS,
        N_CODE + N_SLOTS + len(TONES_HZ),
    )  # dimensions: tones, "the text has ended"
    filters = FeatureExtractor.get_mel_filters(16_000, 400, N_MELS)
    encoder, decoder = spec.encoder, spec.decoder
    look = decoder.layer[0].attention
    for i, tone_hz in enumerate(TONES_HZ):
        band = int(
            np.argmax(filters[:, tone_hz // 40] / filters.max(axis=1))
        )  # 40 Hz: a bin of its transform
        # a mel value is (log10 power + 4) / 4: about 1.2 for a tone of tone_samples, -0.4 for its noise
        encoder.conv1.weight[first + i, band, 1] = 6.0
        encoder.conv1.bias[first + i] = -0.7 * 6.0
        encoder.conv2.weight[first + i, first + i, 1] = 1.0
        width = spec.decoder.embeddings.weight.shape[1]
        look.linear[1].weight[width + first + i, first + i] = 1.0  # the second half makes values
        look.linear[2].weight[first + i, first + i] = 4.0
    n_slots = int(N_FRAMES * FRAME_S / TONE_S)
    for position in range(N_POSITIONS):
        slot = min(max(position - n_before, 0), n_slots)
        decoder.position_encodings.encodings[position] = _position(slot, max(slot - 0.5, 0.4) * TONE_S)
    weight, bias = decoder.projection.weight, decoder.projection.bias
    bias[:] = -30.0
    bias[end], bias[tokens[","]] = -5.0, -7.0
    for slot in (1, 2):  # not yet
        weight[end, N_CODE + slot] = -30.0 / _slot_after_norm()
    for i, word in enumerate(words):
        (piece,) = _pieces(word)
        bias[tokens[piece]] = -10.0
        weight[tokens[piece], first + i] = 2 * TONE_SURE
    weight[stamp, N_CODE] = (30 + TONE_SURE) / _slot_after_norm()
    bias[tokens[f"<|{languages[0]}|>"]] = -15.0
    for i, language in enumerate(languages[1:], start=1):
        weight[tokens[f"<|{language}|>"], ends - i] = 2 * TONE_SURE
    for slot in range(2, n_slots + 1):  # where the tones stop, the time at which they did
        weight[stamp + round((slot - 1) * TONE_S / FRAME_S), N_CODE + slot] = 30.0 / _slot_after_norm()
    decoder.embeddings.weight[stamp + 1 :, ends] = 3 * SLOT_HEIGHT
    weight[end, ends] = 3 * TONE_SURE
    return _write(spec, tokens, folder, languages)


def tone_samples(indices: Sequence[int], silence_s: float = 1.0) -> NDArray[np.float32]:
    """Half a second of each tone, then silence with a little noise: float32 at 16 kHz."""
    time_s = np.arange(int(TONE_S * 16_000)) / 16_000
    edge = np.minimum(1, np.minimum(time_s, TONE_S - time_s) / 0.02)
    tones = [0.25 * edge * np.sin(2 * np.pi * TONES_HZ[i] * time_s) for i in indices]
    samples = np.concatenate([*tones, np.zeros(int(silence_s * 16_000))])
    noise = np.random.default_rng(0).standard_normal(samples.size)
    return np.asarray(samples + 1e-3 * noise, np.float32)


def _pieces(text: str) -> list[str]:
    """How GPT-2's tokenizer cuts a text before it looks at its vocabulary."""
    from tokenizers import pre_tokenizers

    cutter = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return [piece for piece, _ in cutter.pre_tokenize_str(text)]


def _tokenizer(texts: Sequence[str], languages: Sequence[str]) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    pieces = [piece for text in texts for piece in _pieces(text)]
    if len(languages) > 1:
        pieces.append("")  # by which CTranslate2 knows a multilingual model
    known = dict.fromkeys([*sorted(pre_tokenizers.ByteLevel.alphabet()), *pieces])
    vocabulary = {piece: number for number, piece in enumerate(known)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    control = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    control = ["endoftext", "startoftranscript", *languages, *control]
    tokenizer.add_special_tokens(
        [AddedToken(f"<|{name}|>", special=True, normalized=False) for name in control]
    )
    stamps = [f"<|{i * FRAME_S:.2f}|>" for i in range(N_FRAMES + 1)]
    tokenizer.add_tokens([AddedToken(stamp, special=False, normalized=False) for stamp in stamps])
    return tokenizer


class _Tokens(dict[str, int]):
    """Number of each token; the tokenizer comes along to be saved."""

    def __init__(self, tokenizer: Any) -> None:
        super().__init__(tokenizer.get_vocab(with_added_tokens=True))
        self.tokenizer = tokenizer


def _blank(texts: Sequence[str], languages: Sequence[str] = ("en",)) -> tuple[Any, _Tokens]:
    """A network of one layer and one head with nothing in it but the attention by time codes."""
    from ctranslate2.specs import whisper_spec

    tokens = _Tokens(_tokenizer(texts, languages))
    width = N_CODE + N_SLOTS + len(TONES_HZ) + 1 + 1  # and the last, which makes each vector sum to zero
    width += -width % 8

    def zeros(*shape: int) -> NDArray[np.float32]:
        return np.zeros(shape, np.float32)

    def make_linear(layer: Any, n_out: int, n_in: int) -> None:
        layer.weight, layer.bias = zeros(n_out, n_in), zeros(n_out)

    def make_norm(layer: Any) -> None:
        layer.gamma, layer.beta = np.ones(width, np.float32), zeros(width)

    spec = whisper_spec.WhisperSpec(1, 1, 1, 1)
    for part in (spec.encoder, spec.decoder):
        layer = part.layer[0]
        make_linear(layer.self_attention.linear[0], 3 * width, width)
        make_linear(layer.self_attention.linear[1], width, width)
        make_linear(layer.ffn.linear_0, 8, width)
        make_linear(layer.ffn.linear_1, width, 8)
        for norm in (layer.self_attention.layer_norm, layer.ffn.layer_norm, part.layer_norm):
            make_norm(norm)
    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = zeros(width, N_MELS, 3), zeros(width)
    encoder.conv2.weight, encoder.conv2.bias = zeros(width, width, 3), zeros(width)
    encoder.position_encodings.encodings = zeros(N_FRAMES, width)
    for frame in range(N_FRAMES):
        encoder.position_encodings.encodings[frame, :N_CODE] = _time_code(frame * FRAME_S)
    decoder.embeddings.weight = zeros(len(tokens), width)
    decoder.scale_embeddings = False
    decoder.position_encodings.encodings = zeros(N_POSITIONS, width)
    make_linear(decoder.projection, len(tokens), width)
    look = decoder.layer[0].attention
    make_norm(look.layer_norm)
    make_linear(look.linear[0], width, width)  # queries
    make_linear(look.linear[1], 2 * width, width)  # keys, values
    make_linear(look.linear[2], width, width)
    for i in range(N_CODE):
        look.linear[0].weight[i, i] = look.linear[1].weight[i, i] = 2.0
    return spec, tokens


def _time_code(time_s: float) -> NDArray[np.float32]:
    """A vector of fixed length and sum zero that is like that of a near time and unlike all others."""
    near_s = 0.12  # standard deviation of the likeness
    phase = np.random.default_rng(5).standard_normal(N_RATES) * time_s / near_s
    return np.concatenate([np.cos(phase), np.sin(phase), -np.cos(phase), -np.sin(phase)]).astype(np.float32)


def _position(slot: int, time_s: float) -> NDArray[np.float32]:
    width = N_CODE + N_SLOTS + len(TONES_HZ) + 2
    vector = np.zeros(width + -width % 8, np.float32)
    vector[:N_CODE] = _time_code(time_s)
    vector[N_CODE + slot], vector[-1] = SLOT_HEIGHT, -SLOT_HEIGHT
    return vector


def _slot_after_norm() -> float:
    """What the decoder's layer norm makes of a slot's one; each position has the same."""
    vector = _position(0, 0.0)
    return float(SLOT_HEIGHT / vector.std())


def _logit(probability: float, rivals: int) -> float:
    """Of a token that is to have this probability where so many others stand at 0."""
    return float(np.log(probability / (1 - probability) * rivals))


def _write(spec: Any, tokens: _Tokens, folder: Path, languages: Sequence[str] = ("en",)) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    spec.register_vocabulary(sorted(tokens, key=lambda token: tokens[token]))
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.alignment_heads = [[0, 0]]
    spec.config.lang_ids = [tokens[f"<|{language}|>"] for language in languages]
    spec.validate()
    spec.optimize(quantization=None)
    spec.save(str(folder))
    tokens.tokenizer.save(str(folder / "tokenizer.json"))
    sizes = {
        "feature_size": N_MELS,
        "sampling_rate": 16_000,
        "hop_length": 160,
        "chunk_length": 30,
        "n_fft": 400,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(sizes))
    return folder
