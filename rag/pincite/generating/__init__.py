"""Language models behind one small protocol; none is needed, and none is asked unless it is given.

Nothing here knows of passages or citations: messages go in, pieces of text come out.
"""

from pincite.generating.base import Generator, Message, estimated_tokens
from pincite.generating.function import FunctionGenerator
from pincite.generating.gguf import GGUFGenerator
from pincite.generating.openai_server import ServerGenerator
from pincite.generating.opening import open_generator
from pincite.generating.probing import Probe, probe_generator
from pincite.generating.timing import Patience, timed
from pincite.generating.transformers_model import TransformersGenerator

__all__ = [
    "FunctionGenerator",
    "GGUFGenerator",
    "Generator",
    "Message",
    "Patience",
    "Probe",
    "ServerGenerator",
    "TransformersGenerator",
    "estimated_tokens",
    "open_generator",
    "probe_generator",
    "timed",
]
