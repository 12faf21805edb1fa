"""Texts to unit-norm vectors, whole and token by token; importing this loads no model and no framework."""

from pincite.encoding.base import CrossEncoder, Encoder, EncoderIdentity, Encoding
from pincite.encoding.loading import load_encoder

__all__ = ["CrossEncoder", "Encoder", "EncoderIdentity", "Encoding", "load_encoder"]
