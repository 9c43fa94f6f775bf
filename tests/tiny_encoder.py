"""A tiny encoder of random weights, in the files of the pretrained one that the reader and the extractor start from."""

from __future__ import annotations

from pathlib import Path

__all__ = ["tiny_encoder"]


def tiny_encoder(folder: Path) -> Path:
    """Write it into a folder, which is returned."""
    from tokenizers import BertWordPieceTokenizer
    from transformers import BertConfig, BertModel

    letters = "abcdefghijklmnopqrstuvwxyz0123456789?.,'\""
    vocabulary = ["[PAD]", *(f"[unused{i}]" for i in range(994)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary += [*letters, *(f"##{letter}" for letter in letters), "the", "is", "what", "button"]
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertWordPieceTokenizer(str(folder / "vocab.txt")).save(str(folder / "tokenizer.json"))
    return folder
