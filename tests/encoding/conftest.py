"""The real encoders, each loaded once; whichever comes first also makes the export that the others use."""

import pytest


@pytest.fixture(scope="session")
def exported():
    from pincite.encoding.exported import open_exported

    return open_exported()


@pytest.fixture(scope="session")
def reference():
    from pincite.encoding.reference import SentenceTransformerEncoder

    return SentenceTransformerEncoder(device="cpu")


@pytest.fixture(scope="session")
def exported_cross_encoder():
    from pincite.encoding.cross_encoder import load_cross_encoder

    return load_cross_encoder()
