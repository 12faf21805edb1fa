import numpy as np
import pytest

from pincite.searching.calibration import features, probabilities
from pincite.settings import Calibration


def test_features_are_the_score_and_the_logarithm_of_the_rank():
    assert features(np.array([0.7, 0.5], np.float32)) == pytest.approx(np.array([[0.7, 0], [0.5, np.log(2)]]))


def test_probabilities_keep_the_order_and_lie_within_bounds():
    chances = probabilities(np.linspace(1.1, -0.2, 20, dtype=np.float32), Calibration())
    assert (np.diff(chances) < 0).all()
    assert (chances > 0).all()
    assert (chances < 1).all()


def test_the_first_of_several_alike_is_the_most_probable():
    first, second = probabilities(np.array([0.7, 0.7], np.float32), Calibration())
    assert second < first / 2


def test_a_perfect_match_is_probable_and_noise_is_not():
    assert probabilities(np.array([1.0], np.float32), Calibration())[0] > 0.8
    assert probabilities(np.array([0.1], np.float32), Calibration())[0] < 0.05


def test_no_score_overflows():
    assert np.isfinite(probabilities(np.array([1e6, -1e6], np.float32), Calibration())).all()


def test_no_passages_no_probabilities():
    assert probabilities(np.zeros(0, np.float32), Calibration()).shape == (0,)
