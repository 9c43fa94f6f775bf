"""The wide encoder of the extractor: MPNet's, as transformers has it; a student of it; what doesn't fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tiny_encoder import tiny_encoder
from typer.testing import CliRunner

from seal.agents.extract.extractor import Extractor
from seal.cli.app import app
from seal.memory.errors import InputError, SettingError
from seal.train import extractor as training
from seal.train import reader, taught
from seal.train.from_onnx import begin
from seal.train.wide import WideEncoder, is_wide, wide_encoder


def tiny_mpnet(folder: Path, tokens_of: Path) -> Path:
    """MPNet with random weights and the tokens of another encoder, in the files in which it is published."""
    from transformers import MPNetConfig, MPNetModel

    torch.manual_seed(3)
    plain = [t for t in reader.kept_tokens(tokens_of) if t not in ("[PAD]", "[CLS]", "[SEP]", "[UNK]")]
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", "[UNK]", *plain]
    config = MPNetConfig(
        vocab_size=len(vocabulary),
        hidden_size=24,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=96,
        max_position_embeddings=400,
    )
    network = MPNetModel(config, add_pooling_layer=False)
    torch.nn.init.normal_(network.encoder.relative_attention_bias.weight)
    network.save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(vocabulary), "utf-8")
    return folder


def test_it_is_mpnet(tmp_path: Path) -> None:
    from transformers import MPNetModel

    words = tiny_encoder(tmp_path / "base")
    base = tiny_mpnet(tmp_path / "mpnet", words)
    theirs = MPNetModel.from_pretrained(base, add_pooling_layer=False).eval()
    mine = wide_encoder(base, words, 320).eval()
    kept = reader.kept_tokens(words)
    listed = (base / "vocab.txt").read_text("utf-8").splitlines()
    told = ["[CLS]", *["what", "is", "the", "##a", "button"] * 40, "[SEP]"]
    named = {"[CLS]": "<s>", "[SEP]": "</s>"}
    ids = torch.tensor([[kept.index(t) for t in told]])
    others = torch.tensor([[listed.index(named.get(t, t)) for t in told]])
    with torch.inference_mode():
        one = mine(ids, torch.ones_like(ids), torch.zeros_like(ids)).last_hidden_state
        other = theirs(input_ids=others).last_hidden_state
    assert torch.allclose(one, other, atol=1e-4)


def test_what_is_hidden_changes_nothing(tmp_path: Path) -> None:
    words = tiny_encoder(tmp_path / "base")
    mine = wide_encoder(tiny_mpnet(tmp_path / "mpnet", words), words, 320).eval()
    ids = torch.tensor([[2, 5, 6, 3, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 0, 0]])
    with torch.inference_mode():
        short = mine(ids[:, :4], mask[:, :4], torch.zeros_like(ids[:, :4])).last_hidden_state
        long = mine(ids, mask, torch.zeros_like(ids)).last_hidden_state
    assert torch.allclose(short, long[:, :4], atol=1e-5)


def test_in_training_it_tells_what_it_tells_when_asked(tmp_path: Path) -> None:
    words = tiny_encoder(tmp_path / "base")
    mine = wide_encoder(tiny_mpnet(tmp_path / "mpnet", words), words, 320)
    ids, mask = torch.tensor([[2, 5, 6, 3, 0, 0]]), torch.tensor([[1, 1, 1, 1, 0, 0]])
    trained = mine.train()(ids, mask, torch.zeros_like(ids)).last_hidden_state
    asked = mine.eval()(ids, mask, torch.zeros_like(ids)).last_hidden_state
    assert torch.allclose(trained[:, :4], asked[:, :4], atol=1e-5)


def test_the_first_of_its_layers_can_be_kept_alone(tmp_path: Path) -> None:
    words = tiny_encoder(tmp_path / "base")
    base = tiny_mpnet(tmp_path / "mpnet", words)
    whole, kept = training.network_of(base, words), training.network_of(base, words, 3)
    assert isinstance(whole.encoder, WideEncoder) and isinstance(kept.encoder, WideEncoder)
    theirs = {k: v for k, v in whole.encoder.state_dict().items() if not k.startswith("layers.3.")}
    mine = kept.encoder.state_dict()
    assert mine.keys() == theirs.keys() and all(torch.equal(mine[k], theirs[k]) for k in mine)
    with pytest.raises(InputError, match="2 to 4 layers"):
        training.network_of(base, words, 5)
    with pytest.raises(InputError, match="MPNet's kind only"):
        training.network_of(words, words, 3)


def test_a_teacher_and_its_student_are_trained_exported_and_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("onnx", reason="writing the extractor needs the extra train")
    words = tiny_encoder(tmp_path / "base")
    base = tiny_mpnet(tmp_path / "mpnet", words)
    monkeypatch.setattr(training, "base_folder", lambda: words)
    monkeypatch.setattr(taught, "base_folder", lambda: words)
    short = ["--steps", "2", "--batch", "2", "--device", "cpu"]
    runs = tmp_path / "wide", tmp_path / "student"
    for out, more in zip(
        runs, (["--base", str(base)], ["--teacher", str(runs[0]), "--layers", "2"]), strict=True
    ):
        result = CliRunner().invoke(app, ["train", "extractor", str(out), *more, *short])
        assert result.exit_code == 0, result.output
        found = Extractor(out / "model").find("what is the button?", ["the button", "is | off"])
        assert found and all(0 <= extract.sure <= 1 for extract in found)
    lines = (runs[1] / "log.jsonl").read_text("utf-8").splitlines()
    assert {"loss", "where", "kind", "states", "hard"} < set(json.loads(lines[-1]))
    teacher = taught.teacher_of(runs[0])
    assert [len(taught.student_of(teacher, n).encoder.layers) for n in (2, 3, 4)] == [2, 3, 4]
    student = taught.student_of(teacher, 2)
    begin(student, runs[1] / "model" / "extractor.onnx")
    again = taught.student_of(teacher, 2)
    begin(again, runs[1])
    ids = torch.tensor([[2, 5, 6, 3, 7, 8, 3]])
    with torch.inference_mode():
        told = [n.eval()(ids, torch.ones_like(ids), torch.zeros_like(ids)) for n in (student, again)]
    assert all(torch.allclose(a, b, atol=0.1) for a, b in zip(*told, strict=True))


def test_a_student_learns_what_its_teacher_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = tiny_encoder(tmp_path / "base")
    monkeypatch.setattr(training, "base_folder", lambda: words)
    torch.manual_seed(0)
    teacher = training.network_of(tiny_mpnet(tmp_path / "mpnet", words), words).eval()
    student = taught.student_of(teacher, 4).eval()
    batch = training.Maker(words, None, 0, 4, 1.0)(0)
    assert set(batch.kinds.tolist()) == {-100} and set(batch.starts.tolist()) == {-100}
    same = taught.Lesson(teacher)(student, batch)
    assert all(same[k].item() == pytest.approx(0, abs=1e-4) for k in ("where", "kind", "states"))
    with torch.no_grad():
        student.kind.weight.add_(torch.randn_like(student.kind.weight))
    changed = taught.Lesson(teacher)(student, batch)
    assert changed["kind"] > 0.01 and changed["where"].item() == pytest.approx(0, abs=1e-4)


def test_what_fits_nowhere_is_refused(tmp_path: Path) -> None:
    words = tiny_encoder(tmp_path / "base")
    base = tiny_mpnet(tmp_path / "mpnet", words)
    assert is_wide(base) and not is_wide(words)
    with pytest.raises(InputError, match="no pretrained encoder"):
        is_wide(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "llama"}', "utf-8")
    with pytest.raises(InputError, match="'llama'; known are bert and mpnet"):
        is_wide(tmp_path)
    (base / "vocab.txt").write_text("<s>", "utf-8")
    with pytest.raises(InputError, match="no encoder of MPNet that fits"):
        wide_encoder(base, words, 320)
    with pytest.raises(InputError, match="no extractor with a wide encoder"):
        taught.teacher_of(tmp_path)
    network = training.Network(WideEncoder(50, 20, 24, 3, 2))
    for layers in (1, 4):
        with pytest.raises(InputError, match="2 to 3 layers"):
            taught.student_of(network, layers)
    with pytest.raises(InputError, match="Only a wide encoder"):
        taught.student_of(training.Network(reader.cut_encoder(words, 320)), 2)
    result = CliRunner().invoke(
        app, ["train", "extractor", str(tmp_path / "x"), "--teacher", str(base), "--base", str(base)]
    )
    assert isinstance(result.exception, SettingError) and "goes with neither" in str(result.exception)
