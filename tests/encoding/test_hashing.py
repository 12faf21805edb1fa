import numpy as np
import pytest
from contracts.encoder import EncoderContract

from pincite.encoding.hashing import HashingEncoder


class TestHashingEncoder(EncoderContract):
    @pytest.fixture
    def encoder(self):
        return HashingEncoder()

    def test_is_the_same_in_every_process(self, encoder):
        expected = [0.130463, -0.143763]
        vector = encoder.encode_queries(["defence"]).vectors[0]
        np.testing.assert_allclose(vector[:2], expected, atol=1e-6)

    def test_dimension_is_part_of_the_identity(self):
        assert HashingEncoder(32).identity != HashingEncoder(64).identity
