"""The palette under simulated colour blindness: colours that mean different things stay apart for every eye."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from core.figures import theme

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009),
# severity 1.0; for linear RGB.
EYES = {
    "full sight": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
# Ottosson's OKLab, in which equal distances look equally far; a hundredth is about what an eye can just tell apart.
TO_CONES = np.array(
    [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
     [0.0883024619, 0.2817188376, 0.6299787005]]
)  # fmt: skip
TO_LAB = np.array(
    [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
     [0.0259040371, 0.7827717662, -0.8086757660]]
)  # fmt: skip
LEVELS = tuple(theme.LEVELS.values())
GREYS = (theme.NOISE, theme.LEVELS["random"])


def linear(colours: Sequence[str]) -> NDArray[np.float64]:
    """(colours, 3) the colours in linear RGB, from 0 to 1."""
    channels = np.array([[int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)] for colour in colours])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def nearest(colours: Sequence[str], eye: str) -> tuple[float, str, str]:
    """The smallest distance in hundredths of OKLab between two colours as ``eye`` sees them, and these two."""
    seen = np.clip(linear(colours) @ np.array(EYES[eye]).T, 0, 1)
    places = np.cbrt(seen @ TO_CONES.T) @ TO_LAB.T
    apart = 100 * np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    first, second = np.unravel_index(int(apart.argmin()), apart.shape)
    return float(apart[first, second]), colours[first], colours[second]


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize(
    ("colours", "least"),
    [
        (LEVELS, 6.0),
        ((*LEVELS, *theme.RANKED), 5.5),
        ((*theme.CATEGORIES, *GREYS), 5.5),
        (tuple(theme.BANDS.values()), 6.0),
    ],
    ids=["levels", "strategies", "categories", "bands"],
)
def test_colours_of_one_kind_stay_apart(colours: tuple[str, ...], least: float, eye: str) -> None:
    distance, first, second = nearest(colours, eye)
    assert distance >= least, f"{first} and {second} are {distance:.1f} apart"


def test_the_simulation_takes_away_what_such_an_eye_does_not_see() -> None:
    red_and_green = ("#C83C3C", "#787A3C")  # of one lightness, for an eye without green
    assert nearest(red_and_green, "full sight")[0] > 2 * nearest(red_and_green, "deuteranopia")[0]
    blue_and_green = ("#2F8FA5", "#2F9A6B")
    assert nearest(blue_and_green, "full sight")[0] > 2 * nearest(blue_and_green, "tritanopia")[0]


def test_every_colour_shows_on_white_and_on_the_dark_ground() -> None:
    weights = np.array([0.2126, 0.7152, 0.0722])
    for colour in (*LEVELS, *theme.RANKED, *theme.CATEGORIES):
        shine = float(linear([colour])[0] @ weights)
        for paper in theme.PAPER.values():
            ground = float(linear([paper])[0] @ weights)
            contrast = (max(shine, ground) + 0.05) / (min(shine, ground) + 0.05)
            assert contrast >= 1.9, f"{colour} on {paper}: {contrast:.2f}"
