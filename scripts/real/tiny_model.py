"""Writes a tiny language model with random weights as a GGUF file that llama.cpp accepts.

Usage: tiny_model.py OUTPUT.gguf

It talks nonsense, but a given prompt gets the same nonsense every time: the seed is fixed and the weights are 32-bit
floats. Only whole words can be chosen (the other rows of the output matrix are zero), so its text is always valid
UTF-8, and it never ends an answer by itself: a limit, a stop word, or somebody stopping it does.
"""

import sys

import gguf
import numpy

SEED = 20240229
WORDS = 600
LAYERS = 2
WIDTH = 64
HEADS = 4
FEED_FORWARD = 128
CONTEXT = 4096

# Words beyond ASCII: two, three and four bytes a character, and a character that is several of them joined.
FOREIGN_WORDS = ["grün", "naïve", "Ελλάδα", "日本語", "привет", "שלום", "🙂", "👩‍🚀"]
SPECIAL_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def byte_alphabet() -> list[str]:
    """The printable character that stands for each byte in a GPT-2 vocabulary, by byte value."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in printable else chr(next(others)) for byte in range(256)]


def words(random: numpy.random.Generator) -> list[str]:
    """Distinct pronounceable words, each with its leading space, and the foreign ones."""
    consonants, vowels = list("bdfgklmnprstvz"), list("aeiou")
    made: dict[str, None] = dict.fromkeys(FOREIGN_WORDS)
    while len(made) < WORDS:
        syllables = random.integers(1, 4)
        made["".join(random.choice(consonants) + random.choice(vowels) for _ in range(syllables))] = None
    return [" " + word for word in made]


def vocabulary(random: numpy.random.Generator) -> tuple[list[str], list[str]]:
    """Tokens (the 256 bytes, the words, the special ones) and the merges that lead from bytes to words."""
    alphabet = byte_alphabet()
    spelled = ["".join(alphabet[byte] for byte in word.encode()) for word in words(random)]
    merges: dict[str, None] = {}
    for word in spelled:
        for end in range(1, len(word)):
            merges[f"{word[:end]} {word[end]}"] = None
    return alphabet + spelled + SPECIAL_TOKENS, list(merges)


def write(path: str) -> None:
    """Writes the model to `path`."""
    random = numpy.random.default_rng(SEED)
    tokens, merges = vocabulary(random)
    byte_kind, word_kind, special_kind = gguf.TokenType.NORMAL, gguf.TokenType.NORMAL, gguf.TokenType.CONTROL
    kinds = [byte_kind] * 256 + [word_kind] * WORDS + [special_kind] * len(SPECIAL_TOKENS)

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT_TEMPLATE)

    def tensor(name: str, *shape: int, scale: float) -> numpy.ndarray:
        values = (random.standard_normal(shape) * scale).astype(numpy.float32)
        writer.add_tensor(name, values)
        return values

    def ones(name: str) -> None:
        writer.add_tensor(name, numpy.ones(WIDTH, dtype=numpy.float32))

    # Wide embeddings and sharp attention: what was said must change what comes next, or every answer is one loop.
    tensor("token_embd.weight", len(tokens), WIDTH, scale=1.0)
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        ones(f"{block}.attn_norm.weight")
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensor(f"{block}.{name}.weight", WIDTH, WIDTH, scale=0.3)
        ones(f"{block}.ffn_norm.weight")
        tensor(f"{block}.ffn_gate.weight", FEED_FORWARD, WIDTH, scale=0.3)
        tensor(f"{block}.ffn_up.weight", FEED_FORWARD, WIDTH, scale=0.3)
        tensor(f"{block}.ffn_down.weight", WIDTH, FEED_FORWARD, scale=0.3)
    ones("output_norm.weight")
    output = (random.standard_normal((len(tokens), WIDTH)) * 1.0).astype(numpy.float32)
    output[:256] = 0
    output[256 + WORDS :] = 0
    writer.add_tensor("output.weight", output)

    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1])
