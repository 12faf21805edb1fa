"""An index of the document that ships, behind the real encoder."""

import pytest

from pincite import Assistant, Index, load_encoder, update_index


@pytest.fixture(scope="session")
def nato_index(tmp_path_factory, nato_path):
    folder = tmp_path_factory.mktemp("nato-index")
    encoder = load_encoder()
    update_index(folder, [nato_path], encoder=encoder)
    with Index.open(folder, encoder=encoder) as index:
        yield index


@pytest.fixture(scope="session")
def assistant(nato_index):
    return Assistant(nato_index)
