"""The visual search model: LLaMA says where to look by a [LOC] token, a detector and a mask decoder show it.

- A patch is encoded once (`encode`): both towers, and the prompt up to and including the image.
- "Sure, [LOC].": the reply that the model was trained to give is read in the same pass as the question, for
  all patches and phrases at once; where the model would have said something else, it is generated.
- Heads, boxes, sigmoid and masks are computed in float32, whatever the type of the towers and of LLaMA. The
  released code runs them in bfloat16, whose step of 1/256 is 15 px in a patch 3840 px wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import CLIPVisionConfig, LlamaConfig
from transformers.models.owlvit.configuration_owlvit import OwlViTVisionConfig

from .llama import Prefix, Reply, SealNetwork, own_rows
from .mask_decoder import MaskDecoder, PromptEncoder
from .owl import Owl

__all__ = ["Encoded", "Location", "VsmNetwork"]


@dataclass(frozen=True, eq=False, slots=True)
class Encoded:
    """A patch, seen once.

    prefix: LLaMA's cache up to the image. features: (2304, width) float32 of the detector. boxes: (2304, 4)
    float32 cx cy w h, shares of the patch's sides; they depend on no phrase.
    """

    prefix: Prefix
    features: Tensor
    boxes: Tensor


@dataclass(frozen=True, eq=False, slots=True)
class Location:
    """What one phrase gets in one patch.

    scores: (2304,) float32 in [0, 1]. boxes: (2304, 4) float32 cx cy w h, shares of the patch's sides.
    mask: (192, 192) float32 logits over the patch, not clamped.
    """

    scores: Tensor
    boxes: Tensor
    mask: Tensor


def _head(width: int, out: int) -> nn.ModuleList:
    layers = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, out))
    return nn.ModuleList([layers])


class VsmNetwork(SealNetwork):
    """LLaMA with two towers, two heads and a mask decoder.

    query_width: of the detector's queries (512). mask_width, mask_hidden: of the mask decoder (256, 2048).
    """

    float32 = (
        "model.text_hidden_fcs_det.",
        "model.text_hidden_fcs_seg.",
        "model.owlvit.class_head.",
        "model.owlvit.box_head.",
        "model.owlvit.layer_norm.",
        "model.visual_projection.",
        "model.prompt_encoder.",
        "model.mask_decoder.",
    )
    """Parameters that stay float32."""

    def __init__(
        self,
        llama: LlamaConfig,
        clip: CLIPVisionConfig,
        owl: OwlViTVisionConfig,
        query_width: int,
        mask_width: int,
        mask_hidden: int,
    ) -> None:
        super().__init__(llama, clip)
        self.model.owlvit = Owl(owl, query_width)
        self.model.visual_projection = nn.Linear(owl.hidden_size, mask_width, bias=False)
        self.model.prompt_encoder = PromptEncoder(mask_width)
        self.model.mask_decoder = MaskDecoder(mask_width, mask_hidden)
        self.model.text_hidden_fcs_det = _head(llama.hidden_size, query_width)
        self.model.text_hidden_fcs_seg = _head(llama.hidden_size, mask_width)

    def encode(self, clip_pixels: Tensor, owl_pixels: Tensor, before: Sequence[int]) -> list[Encoded]:
        """Patches as (B, 3, 224, 224) and (B, 3, 768, 768) normalised pixels, token ids that stand before the image."""
        images = self.model.mm_projector(self.image_features(clip_pixels))
        words = self.words(before).expand(len(images), -1, -1)
        prefixes, _ = self.prefill(torch.cat([words, images.to(words.dtype)], dim=1))
        features = self.model.owlvit.features(owl_pixels.to(self.device))
        boxes = self.model.owlvit.boxes(features)
        return [Encoded(*p) for p in zip(prefixes, own_rows(features), own_rows(boxes), strict=True)]

    def replies(
        self,
        patches: Sequence[Encoded],
        questions: Sequence[Sequence[int]],
        expected: Sequence[int],
        limit: int,
    ) -> list[Reply]:
        """The reply to each question (token ids after the image) about each patch (same length).

        expected: the token ids that are likely to come, "</s>" last; they cost no extra pass where they do come.
        """
        expected = list(expected)
        rows = [[*question, *expected[:-1]] for question in questions]
        found = []
        states = self.follow([patch.prefix for patch in patches], rows)
        for patch, question, row in zip(patches, questions, states, strict=True):
            predicting = row[len(question) - 1 :]
            said = self.logits(predicting).argmax(-1).tolist()
            if said == expected:
                found.append(Reply(expected, predicting))
            else:
                found.append(self.generate(patch.prefix, question, expected[-1], limit))
        return found

    def locate(self, patches: Sequence[Encoded], replies: Sequence[Reply], loc: int) -> list[Location | None]:
        """Boxes from the first [LOC] (token id `loc`) of each reply, the mask from the last; None without one."""
        places = [[i for i, token in enumerate(reply.ids) if token == loc] for reply in replies]
        having = [i for i, found in enumerate(places) if found]
        located: list[Location | None] = [None] * len(patches)
        if not having:
            return located
        grids = torch.stack([patches[i].features for i in having])
        first = torch.stack([replies[i].states[places[i][0]] for i in having])
        last = torch.stack([replies[i].states[places[i][-1]] for i in having])
        scores = torch.sigmoid(self.model.owlvit.logits(grids, self.query(first)))
        masks = self.masks(grids, self.mask_prompt(last))
        for i, score, mask in zip(having, scores, masks, strict=True):
            located[i] = Location(score, patches[i].boxes, mask)
        return located

    def query(self, states: Tensor) -> Tensor:
        """States that predict [LOC], (B, width) -> the detector's queries (B, query_width) float32."""
        queries: Tensor = self.model.text_hidden_fcs_det[0](states.float())
        return queries

    def mask_prompt(self, states: Tensor) -> Tensor:
        """States that predict [LOC], (B, width) -> the mask decoder's prompts (B, mask_width) float32."""
        prompts: Tensor = self.model.text_hidden_fcs_seg[0](states.float())
        return prompts

    def masks(self, features: Tensor, prompts: Tensor) -> Tensor:
        """features (B, 2304, width), prompts (B, mask_width) -> (B, 192, 192) float32 logits."""
        side = self.model.owlvit.side
        projected = self.model.visual_projection(features).transpose(1, 2).unflatten(2, (side, side))
        masks: Tensor = self.model.mask_decoder(*self.model.prompt_encoder(projected), prompts)
        return masks
