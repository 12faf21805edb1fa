"""Plots as inline SVG in the report's own colours, with no outside font, script or style."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

WIDTH, HEIGHT = 420, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 12, 12, 40
_MOST_POINTS = 300


def risk_coverage(points: Sequence[tuple[float, float, float]], threshold: float | None) -> Markup:
    """Draw risk over coverage, with a mark where the threshold stands."""
    step = max(1, len(points) // _MOST_POINTS)
    drawn = [*points[::step], points[-1]]
    body = [_line([(coverage, risk) for coverage, risk, _ in drawn])]
    if threshold is not None:
        chosen = [point for point in points if point[2] >= threshold]
        if chosen:
            coverage, risk, _ = chosen[-1]
            body.append(_dot(coverage, risk, f"threshold {threshold:.2f}: {coverage:.0%} answered, risk {risk:.0%}"))
    return _plot("coverage: share of questions answered", "risk", body, "Risk over coverage")


def reliability(bins: Sequence[tuple[float, float, int]]) -> Markup:
    """Draw the share answerable over the mean confidence of each bin, beside the diagonal of perfect calibration."""
    body = [_line([(0, 0), (1, 1)], "reference")]
    body.append(_line([(sure, share) for sure, share, _ in bins]))
    body += [
        _dot(sure, share, f"confidence {sure:.2f}: {share:.0%} of {n} questions answerable") for sure, share, n in bins
    ]
    return _plot("confidence", "share answerable", body, "Reliability")


def success(points: Sequence[tuple[int, float]]) -> Markup:
    """Draw success@k over k, on the scale of 1 to 10."""
    scaled = [((k - 1) / 9, value) for k, value in points]
    body = [
        _line(scaled),
        *(_dot(x, y, f"success@{k}: {y:.3f}") for (x, y), (k, _) in zip(scaled, points, strict=True)),
    ]
    return _plot("k passages read", "success@k", body, "Success at k", x_ticks=[(k - 1, str(k)) for k in (1, 3, 5, 10)])


def latency(seconds: Sequence[float]) -> Markup:
    """Draw which share of the questions was answered within which time."""
    ordered = sorted(seconds)
    longest = ordered[-1] or 1.0
    step = max(1, len(ordered) // _MOST_POINTS)
    points = [(s / longest, (i + 1) / len(ordered)) for i, s in enumerate(ordered)]
    ticks = [(part * 9, f"{part * longest * 1000:.0f}") for part in (0, 0.25, 0.5, 0.75, 1)]
    return _plot(
        "milliseconds", "share answered within", [_line([*points[::step], points[-1]])], "Latency", x_ticks=ticks
    )


def _plot(
    x_title: str,
    y_title: str,
    body: Iterable[Markup],
    title: str,
    *,
    x_ticks: Iterable[tuple[float, str]] = ((0, "0"), (2.25, "0.25"), (4.5, "0.5"), (6.75, "0.75"), (9, "1")),
) -> Markup:
    """Draw axes from 0 to 1 around a body; x ticks stand on a scale of 0 to 9."""
    parts: list[Markup] = []
    for part in (0, 0.25, 0.5, 0.75, 1):
        y = _y(part)
        parts.append(Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_LEFT, WIDTH - _RIGHT, y, y))
        parts.append(Markup('<text x="{}" y="{}" text-anchor="end">{:g}</text>').format(_LEFT - 6, y + 4, part))
    for place, label in x_ticks:
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
                _x(place / 9), HEIGHT - _BOTTOM + 16, label
            )
        )
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    parts.append(Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(middle, HEIGHT - 6, x_title))
    parts.append(
        Markup('<text transform="translate(11 {}) rotate(-90)" text-anchor="middle">{}</text>').format(
            (_TOP + HEIGHT - _BOTTOM) / 2, y_title
        )
    )
    return Markup('<svg viewBox="0 0 {} {}" role="img"><title>{}</title>{}</svg>').format(
        WIDTH, HEIGHT, title, Markup("").join([*parts, *body])
    )


def _line(points: Iterable[tuple[float, float]], kind: str = "curve") -> Markup:
    path = " ".join(f"{_x(x)},{_y(y)}" for x, y in points)
    return Markup('<polyline class="{}" points="{}"/>').format(kind, path)


def _dot(x: float, y: float, label: str) -> Markup:
    return Markup('<circle class="dot" cx="{}" cy="{}" r="4"><title>{}</title></circle>').format(_x(x), _y(y), label)


def _x(share: float) -> float:
    return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)


def _y(share: float) -> float:
    return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)
