import numpy as np
import pytest

from tools.properties.intervals import calibrate, cross_scores, pack, unpack


@pytest.fixture
def errors():
    rng = np.random.default_rng(3)
    difficulty = rng.normal(size=(3000, 2))
    return rng.standard_t(5, size=3000) * np.exp(0.7 * difficulty[:, 0]), difficulty


def test_intervals_hold_and_adapt(errors):
    residual, difficulty = errors
    fitted = calibrate(residual[:1500], difficulty[:1500])
    scale = fitted.scale(difficulty[1500:])
    covered = np.abs(residual[1500:]) <= fitted.half_width(scale)
    assert 0.88 <= covered.mean() <= 0.92
    hard = difficulty[1500:, 0] > 1
    assert covered[hard].mean() > 0.84
    assert scale[hard].mean() > 2 * scale[~hard].mean()


def test_cross_calibration_covers_every_fold(errors):
    residual, difficulty = errors
    _, covered = cross_scores(residual, difficulty, np.arange(3000) % 5)
    assert 0.88 <= covered.mean() <= 0.92


def test_distribution_function_matches_interval(errors):
    fitted = calibrate(*errors)
    half = float(fitted.half_width(np.ones(1), 0.9)[0])
    assert float(fitted.cdf(np.array(half))) == pytest.approx(0.95, abs=1e-6)
    assert float(fitted.cdf(np.array(-half))) == pytest.approx(0.05, abs=1e-6)
    grid = fitted.cdf(np.linspace(-50, 50, 2001))
    assert np.all(np.diff(grid) >= 0)
    assert 0 < grid[0] < 0.001 < 0.999 < grid[-1] < 1


def test_far_errors_teach_the_scale(errors):
    residual, _ = errors
    near = np.column_stack([np.zeros(3000)])
    far = (10 * residual, near + 3.0)
    fitted = calibrate(residual, near, far)
    assert float(fitted.scale(np.array([[3.0]]))[0]) > 5 * float(fitted.scale(np.array([[0.0]]))[0])


def test_pack_round_trip(errors):
    fitted = calibrate(*errors)
    assert unpack(pack(fitted)) == fitted


def test_intervals_widen_where_held_out_clusters_were_missed():
    rng = np.random.default_rng(3)
    near, far = rng.normal(0, 0.3, (4000, 1)), rng.normal(2, 0.3, (4000, 1))
    # errors jump with distance by more than a power law through both sets can follow in its quantiles
    away = rng.standard_t(2, 4000) * 3.0
    calibration = calibrate(rng.normal(0, 1, 4000), near, (away, far))
    half = calibration.half_width(calibration.scale(far))
    inside = calibration.half_width(calibration.scale(near))
    assert (np.abs(away) <= half).mean() > 0.85
    assert 0.88 < (np.abs(rng.normal(0, 1, 4000)) <= inside).mean() < 0.93
    assert unpack(pack(calibration)) == calibration
