import numpy as np

from pincite.searching.calibration import probabilities


def test_a_higher_score_is_more_probable():
    chances = probabilities(np.linspace(-0.2, 1.1, 20, dtype=np.float32))
    assert (np.diff(chances) > 0).all()
    assert (chances > 0).all()
    assert (chances < 1).all()


def test_a_perfect_match_is_probable_and_noise_is_not():
    perfect, noise = probabilities(np.array([0.95, 0.15], np.float32))
    assert perfect > 0.8
    assert noise < 0.05


def test_no_score_overflows():
    assert np.isfinite(probabilities(np.array([-1e6, 1e6], np.float32))).all()


def test_no_passages_no_probabilities():
    assert probabilities(np.zeros(0, np.float32)).shape == (0,)
